Feature: Triton is driven over its generate extension
  Its stream tells nothing of its end, and whether an item is new text or all of it is the backend's to choose.

  Background:
    Given the server "adapters"

  @ORCH-3057
  Scenario: A task runs on Triton
    Given the pool "triton" is ready
    And an engine "triton" that says the tokens "To| be"
    When the task "a" is run on the pool "triton" with
      | field      | value |
      | max_tokens | 2     |
    Then the task "a" ends normally
    And the text of the task "a" is "To be"
    And the task "a" has reached the engine "triton" exactly 1 times

  @OC-ADAPT-5060
  Scenario: Health is taken from the engine
    Given the pool "triton-brisk" is ready
    And the engine "triton-brisk" loads its model
    Then the engine "triton-brisk" was asked for /v2/health/ready
    And the pool "triton-brisk" becomes not ready
    When the engine "triton-brisk" has loaded its model
    Then the pool "triton-brisk" becomes ready

  @OC-ADAPT-5060
  Scenario Outline: New text and the whole text so far read alike
    Given the pool "triton" is ready
    And an engine "triton" that says the tokens "To|0xe4bd|0xa0| be| or" and <behaviour>
    When the task "a" is run on the pool "triton" with
      | field      | value |
      | max_tokens | 5     |
    Then the text of the task "a" is "To你 be or"
    And the `tokens_out` of the end of the task "a" is 5

    Examples:
      | behaviour                                   |
      | sends the whole text so far with every item |
      | ends its lines with CR and LF               |

  @OC-ADAPT-5060
  Scenario: Tokens are taken from the stream as it grows, and a cancel closes the connection
    Given the pool "triton" is ready
    And an engine "triton" that holds every request after 1 tokens
    When the task "a" is begun on the pool "triton"
    Then 1 tokens of the task "a" arrive
    When the task "a" is cancelled
    Then the request of the task "a" at the engine "triton" was ended by the server

  @OC-ADAPT-5060
  Scenario: Tokens are counted as the model counts them
    Given the pool "triton-backed" is ready
    And an engine "triton-backed" that says the tokens "0xe4bd|0xa0|x"
    When the task "a" is run on the pool "triton-backed" with
      | field      | value |
      | max_tokens | 9     |
    Then the text of the task "a" is "你x"
    And the `tokens_out` of the end of the task "a" is 3
    And the `finish_reason` of the end of the task "a" is "stop"

  @OC-ADAPT-5061
  Scenario: A model that fails before its first response is asked again
    Given the pool "triton" is ready
    And an engine "triton" that once fails before the first token
    When the task "a" is run on the pool "triton"
    Then the task "a" ends normally
    And the task "a" has reached the engine "triton" exactly 2 times

  @OC-ADAPT-5061
  Scenario: A stream that has ended is one that came to its end
    Given the pool "triton" is ready
    And an engine "triton" that always ends its stream early and cleanly
    When the task "a" is run on the pool "triton"
    Then the task "a" ends normally
    And the `finish_reason` of the end of the task "a" is "stop"

  @OC-ADAPT-5062
  Scenario: The values of a profile reach Triton as parameters
    Given the pool "triton-single" is ready
    When the task "a" is run on the pool "triton-single" with
      | field      | value      |
      | seed       | 4294967294 |
      | max_tokens | 3          |
    Then the request of the task "a" at the engine "triton-single" has
      | field                  | value      |
      | parameters.temperature | 0.25       |
      | parameters.top_p       | 0.5        |
      | parameters.top_k       | 7          |
      | parameters.min_p       | 0.125      |
      | parameters.seed        | 4294967294 |
      | parameters.max_tokens  | 3          |

  @OC-ADAPT-5062
  Scenario: A model with inputs of its own gets the values there
    Given the pool "triton-seeded" is ready
    When the task "a" is run on the pool "triton-seeded" with
      | field      | value |
      | seed       | 7     |
      | max_tokens | 3     |
    Then the request of the task "a" at the engine "triton-seeded" has
      | field                  | value    |
      | parameters.random_seed | 7        |
      | parameters.max_tokens  | 3        |
      | stop_words             | ["STOP"] |

  @OC-ADAPT-5062
  Scenario: vLLM's backend gets the values as JSON
    Given the pool "triton-backed" is ready
    When the task "a" is run on the pool "triton-backed" with
      | field      | value |
      | seed       | 7     |
      | max_tokens | 3     |
    Then the request of the task "a" at the engine "triton-backed" has these members in its `parameters.sampling_parameters`
      | field       | value    |
      | temperature | 0.25     |
      | top_k       | 7        |
      | seed        | 7        |
      | max_tokens  | 3        |
      | stop        | ["STOP"] |

  @OC-ADAPT-5070
  Scenario Outline: The version is TensorRT-LLM's where there is one, and Triton's otherwise
    Given the pool "<pool>" is ready
    When the task "a" is run on the pool "<pool>"
    Then the start of the task "a" names the engine_version "<version>"

    Examples:
      | pool          | version |
      | triton        | 2.51.0  |
      | triton-trtllm | 0.17.0  |

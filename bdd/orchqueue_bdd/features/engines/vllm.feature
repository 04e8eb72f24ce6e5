Feature: vLLM is driven over its own server
  What vLLM tells of itself is taken from it; what it does not tell stands in the configuration.

  Background:
    Given the server "adapters"

  @ORCH-3055
  Scenario: A task runs on vLLM
    Given the pool "vllm" is ready
    And an engine "vllm" that says the tokens "To| be"
    When the task "a" is run on the pool "vllm" with
      | field      | value |
      | max_tokens | 2     |
    Then the task "a" ends normally
    And the text of the task "a" is "To be"
    And the task "a" has reached the engine "vllm" exactly 1 times

  @OC-ADAPT-5020
  Scenario: Health is taken from the engine
    Given the pool "vllm-brisk" is ready
    And the engine "vllm-brisk" loads its model
    Then the engine "vllm-brisk" was asked for /health
    And the pool "vllm-brisk" becomes not ready
    When the engine "vllm-brisk" has loaded its model
    Then the pool "vllm-brisk" becomes ready

  @OC-ADAPT-5020
  Scenario: The context is taken from the engine, the slots from the configuration
    Given the pool "vllm" is ready
    When the capabilities are read
    Then the entry of the model "vllm" has
      | field       | value  |
      | engine      | "vllm" |
      | ctx_max     | 4096   |
      | concurrency | 2      |

  @OC-ADAPT-5020
  Scenario: Tokens are taken from the stream as it grows, and a cancel closes the connection
    Given the pool "vllm" is ready
    And an engine "vllm" that holds every request after 2 tokens
    When the task "a" is begun on the pool "vllm"
    Then 2 tokens of the task "a" arrive
    And the request of the task "a" at the engine "vllm" has
      | field                        | value  |
      | model                        | "vllm" |
      | stream                       | true   |
      | stream_options.include_usage | true   |
    When the task "a" is cancelled
    Then the request of the task "a" at the engine "vllm" was ended by the server

  @OC-ADAPT-5020
  Scenario: Tokens are counted as the engine counts them
    Given the pool "vllm" is ready
    And an engine "vllm" that says the tokens "0xe4bd|0xa0|x"
    When the task "a" is run on the pool "vllm" with
      | field      | value |
      | max_tokens | 9     |
    Then the text of the task "a" is "你x"
    And the `tokens_out` of the end of the task "a" is 3
    And the `finish_reason` of the end of the task "a" is "stop"

  @OC-ADAPT-5020
  Scenario: The use of the KV cache is the engine's own
    Given the pool "vllm-watched" is ready
    And an engine "vllm-watched" that holds every request after 1 tokens
    And the task "a" runs on the pool "vllm-watched"
    Then the gauge kv_cache_usage_ratio of the pool "vllm-watched" comes to stand above 0

  @OC-ADAPT-5021
  Scenario Outline: vLLM's route <method> <path> stays inside
    Given the pool "vllm" is ready
    When a <method> of <path> is sent
    Then nothing is served there
    And no engine has seen the request

    Examples:
      | method | path                 |
      | POST   | /v1/completions      |
      | POST   | /v1/rerank           |
      | GET    | /v1/models           |
      | GET    | /version             |

  @OC-ADAPT-5022
  Scenario Outline: A done marker proves nothing by itself
    Given the pool "vllm" is ready
    And an engine "vllm" that always <behaviour>
    When the task "a" is run on the pool "vllm"
    Then the task "a" ends with the error <code>

    Examples:
      | behaviour                                         | code         |
      | ends its stream with a done marker and no reason  | WORKER_RESET |
      | ends its stream early and cleanly                 | WORKER_RESET |

  @OC-ADAPT-5023
  Scenario: The values of a profile reach vLLM under its own names
    Given the pool "vllm-single" is ready
    When the task "a" is run on the pool "vllm-single" with
      | field      | value      |
      | seed       | 4294967294 |
      | max_tokens | 3          |
    Then the request of the task "a" at the engine "vllm-single" has
      | field       | value      |
      | temperature | 0.25       |
      | top_p       | 0.5        |
      | top_k       | 7          |
      | min_p       | 0.125      |
      | stop        | ["STOP"]   |
      | seed        | 4294967294 |
      | max_tokens  | 3          |

  @OC-ADAPT-5023
  Scenario: No limit on the most likely tokens is -1 to vLLM
    Given the pool "vllm-free" is ready
    When the task "a" is run on the pool "vllm-free"
    Then the request of the task "a" at the engine "vllm-free" has
      | field       | value |
      | temperature | 0.0   |
      | top_k       | -1    |

  @OC-ADAPT-5023
  Scenario Outline: Priority reaches only an engine that takes it
    Given the pool "<pool>" is ready
    When the task "a" is run on the pool "<pool>" with
      | field    | value        |
      | priority | "<priority>" |
    Then the task "a" ends normally
    And the request of the task "a" at the engine "<pool>" has
      | field    | value  |
      | priority | <sent> |

    Examples:
      | pool         | priority    | sent |
      | vllm-ordered | interactive | 0    |
      | vllm-ordered | batch       | 1    |
      | vllm         | batch       | null |

  @OC-ADAPT-5025
  Scenario: An embedding has a vector for each text
    Given the pool "vllm" is ready
    And that tasks go to the pool "vllm"
    And the embedding "e" has run to its end
    Then the result of "e" is the engine's vector of each text
    And the engine "vllm" was asked for /v1/embeddings

  @OC-ADAPT-5025
  Scenario: A ranking has a score for each text, in the order of the texts
    Given the pool "vllm" is ready
    And that tasks go to the pool "vllm"
    And the rerank "r" has run to its end
    Then the result of "r" is the engine's score of each text
    And the engine "vllm" was asked for /v1/rerank

  @OC-ADAPT-5030
  Scenario: The version is the engine's, and a new one is believed
    Given the pool "vllm-brisk" is ready
    And the engine "vllm-brisk" reports the version "0.12.3"
    And the engine "vllm-brisk" loads its model
    And the pool "vllm-brisk" is not ready
    When the engine "vllm-brisk" has loaded its model
    And the pool "vllm-brisk" is ready again
    And the task "a" is run on the pool "vllm-brisk"
    Then the start of the task "a" names the engine_version "0.12.3"

Feature: A task means the same on every engine
  Adapters translate what a task says into the engine's own words, and the engine's answer back.

  Background:
    Given the server "engines"

  @OC-ADAPT-5010 @ORCH-3058
  Scenario: The values of the default sampler profile reach the engine
    Given the pool "plain" is ready
    When the task "a" is run on the pool "plain"
    Then the request of the task "a" at the engine "plain" has
      | field       | value |
      | temperature | 0.8   |
      | top_p       | 0.95  |
      | top_k       | 40    |
      | min_p       | 0.05  |

  @OC-ADAPT-5010 @ORCH-3058
  Scenario: The values of a profile of the configuration reach the engine
    Given the pool "sampled" is ready
    When the task "a" is run on the pool "sampled"
    Then the request of the task "a" at the engine "sampled" has
      | field       | value    |
      | temperature | 0.25     |
      | top_p       | 0.5      |
      | top_k       | 7        |
      | min_p       | 0.125    |
      | stop        | ["STOP"] |

  @OC-ADAPT-5010 @ORCH-3058
  Scenario: Prompt, seed and token limit reach the engine
    Given the pool "plain" is ready
    When the task "a" is run on the pool "plain" with
      | field      | value      |
      | seed       | 4294967294 |
      | max_tokens | 3          |
    Then the request of the task "a" at the engine "plain" has
      | field     | value      |
      | seed      | 4294967294 |
      | n_predict | 3          |
      | stream    | true       |
    And the request of the task "a" at the engine "plain" has the prompt of the task

  @OC-ADAPT-5010
  Scenario: A task without a seed gets the one that its id gives
    Given the pool "plain" is ready
    When the task "a" is run on the pool "plain"
    And the task "b" with an id in capital letters is run on the pool "plain"
    Then the request of the task "a" at the engine "plain" has the seed that its id gives
    And the request of the task "b" at the engine "plain" has the seed that its id gives

  @OC-ADAPT-5010 @ORCH-3058
  Scenario Outline: Text arrives whole, however the engine writes it
    Given the pool "plain" is ready
    And an engine "plain" that says the tokens "dä|s |你|好 |𝄞" and <behaviour>
    When the task "a" is run on the pool "plain" with
      | field      | value |
      | max_tokens | 5     |
    Then the text of the task "a" is "däs 你好 𝄞"

    Examples:
      | behaviour                          |
      | writes its stream byte by byte     |
      | ends its lines with CR and LF      |
      | sends a comment before every event |
      | ends its stream with a done marker |

  @OC-ADAPT-5010
  Scenario: Bytes of an unfinished character are held back, and counted as the engine counts them
    Given the pool "plain" is ready
    And an engine "plain" that says the tokens "0xe4bd|0xa0|x"
    When the task "a" is run on the pool "plain" with
      | field      | value |
      | max_tokens | 3     |
    Then the text of the task "a" is "你x"
    And the `tokens_out` of the end of the task "a" is 3

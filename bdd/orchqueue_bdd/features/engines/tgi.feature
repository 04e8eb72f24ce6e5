Feature: TGI is driven over its own server
  Its stream tells of each token, special ones too, and of errors that elsewhere are a status.

  Background:
    Given the server "adapters"

  @ORCH-3056
  Scenario: A task runs on TGI
    Given the pool "tgi" is ready
    And an engine "tgi" that says the tokens "To| be"
    When the task "a" is run on the pool "tgi" with
      | field      | value |
      | max_tokens | 2     |
    Then the task "a" ends normally
    And the text of the task "a" is "To be"
    And the task "a" has reached the engine "tgi" exactly 1 times

  @OC-ADAPT-5040
  Scenario: Health is taken from the engine
    Given the pool "tgi-brisk" is ready
    And the engine "tgi-brisk" loads its model
    Then the engine "tgi-brisk" was asked for /health
    And the pool "tgi-brisk" becomes not ready
    When the engine "tgi-brisk" has loaded its model
    Then the pool "tgi-brisk" becomes ready

  @OC-ADAPT-5040
  Scenario Outline: Slots and context are the engine's, and the configuration can only lower them
    Given the pool "<pool>" is ready
    When the capabilities are read
    Then the entry of the model "<pool>" has
      | field       | value   |
      | engine      | "tgi"   |
      | ctx_max     | <ctx>   |
      | concurrency | <slots> |

    Examples:
      | pool     | ctx  | slots |
      | tgi-open | 1536 | 128   |
      | tgi      | 4096 | 2     |

  @OC-ADAPT-5040
  Scenario: Tokens are taken from the stream as it grows, and a cancel closes the connection
    Given the pool "tgi" is ready
    And an engine "tgi" that holds every request after 2 tokens
    When the task "a" is begun on the pool "tgi"
    Then 2 tokens of the task "a" arrive
    When the task "a" is cancelled
    Then the request of the task "a" at the engine "tgi" was ended by the server

  @OC-ADAPT-5040
  Scenario: Special tokens are counted and are no text
    Given the pool "tgi" is ready
    And an engine "tgi" that says the tokens "a|special:<mark>|b|special:</s>"
    When the task "a" is run on the pool "tgi" with
      | field      | value |
      | max_tokens | 9     |
    Then the text of the task "a" is "ab"
    And the `tokens_out` of the end of the task "a" is 4
    And the `finish_reason` of the end of the task "a" is "stop"

  @OC-ADAPT-5041
  Scenario Outline: What elsewhere is a status may come inside a stream
    Given the pool "tgi" is ready
    And an engine "tgi" that once <behaviour>
    When the task "a" is run on the pool "tgi"
    Then the task "a" ends normally
    And the task "a" has reached the engine "tgi" exactly 2 times

    Examples:
      | behaviour                                      |
      | fails before the first token                   |
      | turns the request away with 429                |
      | turns the request away as busy inside a stream |

  @OC-ADAPT-5041
  Scenario: A refusal inside a stream is the client's to mend
    Given the pool "tgi" is ready
    And an engine "tgi" that always refuses the request with 422 inside a stream
    When the task "a" is run on the pool "tgi"
    Then the task "a" ends with the error INVALID_PARAMS
    And the error of the task "a" names the engine "tgi"

  @OC-ADAPT-5042
  Scenario: The values of a profile reach TGI under its own names
    Given the pool "tgi-single" is ready
    When the task "a" is run on the pool "tgi-single" with
      | field      | value      |
      | seed       | 4294967294 |
      | max_tokens | 3          |
    Then the request of the task "a" at the engine "tgi-single" has
      | field                     | value      |
      | parameters.temperature    | 0.25       |
      | parameters.top_p          | 0.5        |
      | parameters.top_k          | 7          |
      | parameters.do_sample      | true       |
      | parameters.stop           | ["STOP"]   |
      | parameters.seed           | 4294967294 |
      | parameters.max_new_tokens | 3          |

  @OC-ADAPT-5042
  Scenario: Values that TGI refuses are left out
    Given the pool "tgi-free" is ready
    When the task "a" is run on the pool "tgi-free"
    Then the task "a" ends normally
    And the request of the task "a" at the engine "tgi-free" has
      | field                  | value |
      | parameters.do_sample   | false |
      | parameters.temperature | null  |
      | parameters.top_p       | null  |
      | parameters.top_k       | null  |

  @OC-ADAPT-5050
  Scenario: The version is the engine's, and a new one is believed
    Given the pool "tgi-brisk" is ready
    And the engine "tgi-brisk" reports the version "3.4.5"
    And the engine "tgi-brisk" loads its model
    And the pool "tgi-brisk" is not ready
    When the engine "tgi-brisk" has loaded its model
    And the pool "tgi-brisk" is ready again
    And the task "a" is run on the pool "tgi-brisk"
    Then the start of the task "a" names the engine_version "3.4.5"

  @OC-ADAPT-5050
  Scenario Outline: A digest is one only where it is a SHA-256
    Given the pool "<pool>" is ready
    When the capabilities are read
    Then the entry of the model "<pool>" has
      | field        | value    |
      | model_digest | <digest> |

    Examples:
      | pool       | digest                                                                    |
      | tgi-open   | "sha256:abababababababababababababababababababababababababababababababab" |
      | tgi-commit | null                                                                      |

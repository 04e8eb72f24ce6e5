Feature: Failures of an engine are told by their kind
  A client acts on the code alone, so each way in which an engine can fail has its own.

  Background:
    Given the server "engines"

  @OC-ADAPT-5081 @OC-CTRL-2030
  Scenario Outline: An engine that breaks off before the first token leaves nobody to ask
    Given the pool "plain" is ready
    And an engine "plain" that always <behaviour>
    When the task "a" is run on the pool "plain"
    Then the task "a" ends with the error REPLICA_EXHAUSTED

    Examples:
      | behaviour                                    |
      | resets the connection before the first token |
      | closes the connection before the first token |

  @OC-ADAPT-5081
  Scenario: An engine that is gone leaves nobody to ask
    Given the pool "lost" is ready
    And the engine "lost" is gone
    When the task "a" is run on the pool "lost"
    Then the task "a" ends with the error REPLICA_EXHAUSTED

  @OC-ADAPT-5081 @OC-CTRL-2030
  Scenario Outline: A connection that breaks after a token is a reset worker
    Given the pool "plain" is ready
    And an engine "plain" that always <behaviour>
    When the task "a" is run on the pool "plain"
    Then the task "a" ends with the error WORKER_RESET

    Examples:
      | behaviour                           |
      | resets the connection after a token |
      | closes the connection after a token |

  @OC-ADAPT-5081 @OC-ADAPT-5080 @OC-CTRL-2030
  Scenario Outline: No token in time is a timeout
    Given the pool "<pool>" is ready
    And an engine "<pool>" that always <behaviour>
    When the task "a" is run on the pool "<pool>"
    Then the task "a" ends with the error DECODE_TIMEOUT

    Examples:
      | pool     | behaviour                           |
      | hasty    | falls silent before the first token |
      | restless | falls silent after a token          |

  @OC-ADAPT-5081 @OC-CTRL-2030 @OC-CTRL-2031
  Scenario Outline: A request that the engine refuses is the client's to mend
    Given the pool "plain" is ready
    And an engine "plain" that always refuses the request with <status>
    When the task "a" is run on the pool "plain"
    Then the task "a" ends with the error INVALID_PARAMS
    And the error of the task "a" names the engine "llamacpp"

    Examples:
      | status |
      | 400    |
      | 413    |
      | 422    |

  @OC-ADAPT-5081 @OC-CTRL-2030
  Scenario Outline: An engine that fails, or sends what cannot be read, is an internal error
    Given the pool "plain" is ready
    And an engine "plain" that always <behaviour>
    When the task "a" is run on the pool "plain"
    Then the task "a" ends with the error INTERNAL

    Examples:
      | behaviour                  |
      | fails with 500             |
      | fails with 424             |
      | fails inside its stream    |
      | sends what is not JSON     |
      | sends JSON that is no chunk |

  @OC-CTRL-2020
  Scenario Outline: What an engine said before it failed comes before the error
    Given the pool "plain" is ready
    And an engine "plain" that says the tokens "one|two|three|four" and <behaviour>
    When the task "a" is run on the pool "plain"
    Then the text of the task "a" is "onetwothree"
    And the task "a" ends with the error INTERNAL

    Examples:
      | behaviour                                         |
      | fails in the breath of the third                  |
      | sends what is not JSON in the breath of the third |

Feature: A pool can be given another model
  A reload takes effect as a whole or not at all, and whoever asked is told which.

  Background:
    Given the server "control"

  @ORCH-2102 @OC-CTRL-2003
  Scenario: A pool that was reloaded serves the new model, and the old one no more
    Given the pool "switching" is ready
    And the engine "switching" serves the model "switched"
    When the pool "switching" is reloaded with the model "switched"
    Then the answer has the status 200
    When the task "a" is submitted to the pool "switched"
    Then the task "a" is accepted
    And the task "a" ends normally
    And the task "a" has reached the engine "switching" exactly 1 times
    And a task for the pool "switching" is refused with 400 INVALID_PARAMS
    When the capabilities are read
    Then the entry of the model "switched" has
      | field       | value |
      | concurrency | 1     |

  @OC-CTRL-2003
  Scenario: A reload that an engine does not follow is rolled back, with the cause
    Given the pool "unknowing" is ready
    When the pool "unknowing" is reloaded with the model "elsewhere"
    Then the answer is 409 RELOAD_ROLLED_BACK
    And the envelope names the engine and the pool "unknowing"
    And it says truly whether to try again
    When the task "a" is run on the pool "unknowing"
    Then the task "a" ends normally
    And a task for the pool "elsewhere" is refused with 400 INVALID_PARAMS

  @ORCH-3031
  Scenario: When one of its workers does not follow, none of the pool is reloaded
    Given the pool "divided" is ready
    And the engine "divided-a" serves the model "united"
    When the pool "divided" is reloaded with the model "united"
    Then the answer is 409 RELOAD_ROLLED_BACK
    When the capabilities are read
    Then the entry of the model "divided" has
      | field       | value |
      | concurrency | 3     |
    And no entry names the model "united"
    And the health of the pool "divided" comes to have
      | field               | value   |
      | ready               | true    |
      | state               | "ready" |
      | metrics.slots_total | 3       |

  @ORCH-3031
  Scenario: What runs when a pool is reloaded is not cut
    Given the pool "outdated" is ready
    And an engine "outdated" that holds every request after 2 tokens
    And the task "a" runs on the pool "outdated"
    And the engine "outdated" serves the model "updated"
    When the engine "outdated" holds no other request
    And the pool "outdated" is reloaded with the model "updated"
    Then the answer has the status 200
    When the engines go on
    Then the task "a" ends normally

  @OC-CTRL-2003
  Scenario: While a reload runs there is no other, and no drain
    Given the pool "occupied" is ready
    And a reload of the pool "occupied" with the model "another" runs
    When the pool "occupied" is drained within 0 ms
    Then the answer is 409 OPERATION_IN_PROGRESS
    When the pool "occupied" is reloaded with the model "a-third"
    Then the answer is 409 OPERATION_IN_PROGRESS
    And it says truly whether to try again
    And the health of the pool "occupied" comes to have
      | field    | value   |
      | ready    | true    |
      | draining | false   |
      | state    | "ready" |
    When the engines go on
    Then the reload is answered with 200

  @OC-CTRL-2003
  Scenario: A reload goes on when nobody waits for it
    Given the pool "left" is ready
    And a client that has asked for a reload of the pool "left" with the model "left-behind" and left
    When the engines go on
    Then the capabilities come to name the model "left-behind"

  @OC-CTRL-2003
  Scenario: A reload ends a drain
    Given the pool "returning" is ready
    And an engine "returning" that holds every request after 2 tokens
    And the task "a" runs on the pool "returning"
    And the task "b" waits in the pool "returning"
    And the pool "returning" was drained within 60000 ms
    And the pool "returning" is not ready
    When the engines go on
    And the pool "returning" is reloaded with the model "returning"
    Then the answer has the status 200
    And the pool "returning" becomes ready
    And every task of the scenario ends normally
    And the health of the pool "returning" comes to have
      | field                 | value   |
      | ready                 | true    |
      | draining              | false   |
      | state                 | "ready" |
      | metrics.active_leases | 0       |
      | metrics.queue_depth   | 0       |

  @OC-CTRL-2003
  Scenario: A pool that there is not cannot be reloaded
    When the pool "no-such-pool" is reloaded with the model "tiny"
    Then the answer is 404 NOT_FOUND

Feature: A pool tells how it fares
  Whoever operates a pool asks it whether it lives, whether it takes tasks, and what was wrong last.

  Background:
    Given the server "control"

  @ORCH-2103 @OC-CTRL-2001
  Scenario: A pool at rest is ready and has its slots free
    Given the pool "healthy" is ready
    Then the health of the pool "healthy" comes to have
      | field                 | value          |
      | live                  | true           |
      | ready                 | true           |
      | draining              | false          |
      | state                 | "ready"        |
      | version               | "b5555-0123abc" |
      | metrics.queue_depth   | 0              |
      | metrics.active_leases | 0              |
      | metrics.slots_total   | 2              |
      | metrics.slots_free    | 2              |
    And the health of the pool "healthy" says truly when it was heard of

  @OC-CTRL-2001
  Scenario: What runs and what waits is counted
    Given the pool "healthy" is ready
    And an engine "healthy" that holds every request after 1 tokens
    And the task "a" runs on the pool "healthy"
    And the task "b" runs on the pool "healthy"
    And the task "c" waits in the pool "healthy"
    Then the health of the pool "healthy" comes to have
      | field                 | value |
      | metrics.queue_depth   | 1     |
      | metrics.active_leases | 2     |
      | metrics.slots_total   | 2     |
      | metrics.slots_free    | 0     |

  @ORCH-2103 @OC-CTRL-2001
  Scenario: A pool whose engine loads is alive and not ready, and says why
    Given the pool "ill" is ready
    And the engine "ill" loads its model
    Then the health of the pool "ill" comes to have
      | field    | value |
      | live     | true  |
      | ready    | false |
      | draining | false |
    And the health of the pool "ill" says what was wrong
    When the engine "ill" has loaded its model
    Then the health of the pool "ill" comes to have
      | field | value   |
      | ready | true    |
      | state | "ready" |

  @OC-CTRL-2001
  Scenario: A pool that there is not has no health
    When the health of the pool "no-such-pool" is read
    Then the answer is 404 NOT_FOUND

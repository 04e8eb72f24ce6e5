Feature: A pool can be taken out of service
  What runs may end; what is new goes elsewhere.

  Background:
    Given the server "control"

  @ORCH-2101 @OC-CTRL-2002 @OC-CTRL-2001
  Scenario: What runs goes on to its end, and nothing new is taken
    Given the pool "emptied" is ready
    And an engine "emptied" that holds every request after 2 tokens
    And the task "a" runs on the pool "emptied"
    When the pool "emptied" is drained within 60000 ms
    Then the answer has the status 202
    And a task for the pool "emptied" is refused with 503 POOL_UNREADY
    And the health of the pool "emptied" comes to have
      | field                 | value      |
      | ready                 | false      |
      | draining              | true       |
      | state                 | "draining" |
      | metrics.active_leases | 1          |
    When the engines go on
    Then the task "a" ends normally
    And the health of the pool "emptied" comes to have
      | field                 | value     |
      | ready                 | false     |
      | draining              | true      |
      | state                 | "stopped" |
      | metrics.active_leases | 0         |

  @OC-CTRL-2002
  Scenario: What still runs at the deadline is ended then, and not before
    Given the pool "overdue" is ready
    And an engine "overdue" that holds every request after 2 tokens
    And the task "a" runs on the pool "overdue"
    When the pool "overdue" is drained within 200 ms
    Then the answer has the status 202
    And the task "a" ends with an error no sooner than 200 ms after the drain

  @OC-CTRL-2002
  Scenario: A drain without patience ends what runs at once
    Given the pool "hurried" is ready
    And an engine "hurried" that holds every request after 2 tokens
    And the task "a" runs on the pool "hurried"
    When the pool "hurried" is drained within 0 ms
    Then the answer has the status 202
    And the task "a" ends with an error no sooner than 0 ms after the drain

  @OC-CTRL-2002
  Scenario: While a drain runs there is no other
    Given the pool "busy" is ready
    And the pool "busy" was drained within 60000 ms
    When the pool "busy" is drained within 0 ms
    Then the answer is 409 OPERATION_IN_PROGRESS
    And it says truly whether to try again

  @OC-CTRL-2002
  Scenario: A deadline in the past is refused, and nothing is drained
    Given the pool "careful" is ready
    When the pool "careful" is drained within -1 ms
    Then the answer is 400 INVALID_PARAMS
    And the details point at "/deadline_ms"
    And the health of the pool "careful" comes to have
      | field    | value |
      | ready    | true  |
      | draining | false |

  @OC-CTRL-2002
  Scenario: A pool that there is not cannot be drained
    When the pool "no-such-pool" is drained within 0 ms
    Then the answer is 404 NOT_FOUND

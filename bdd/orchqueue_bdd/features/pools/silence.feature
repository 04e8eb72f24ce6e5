Feature: An engine that falls silent
  What is not heard of gets no task; what hangs for long is started again.

  Background:
    Given the server "workers"

  @OC-POOL-3005 @OC-POOL-3003
  Scenario: A silent engine gets nothing until it is heard of again, and keeps what it has
    Given the pool "frozen" is ready
    And the task "the long one" is at the run engine "frozen"
    And 2 tokens of the task "the long one" have arrived
    When the run engine "frozen" freezes
    Then the pool "frozen" becomes not ready
    And a task for the pool "frozen" is refused with 503 POOL_UNREADY
    And the health of the pool "frozen" comes to have
      | field | value    |
      | ready | false    |
      | state | "silent" |
    When the run engine "frozen" gets the signal CONT
    Then the pool "frozen" becomes ready
    When the run engine "frozen" goes on
    Then the task "the long one" ends normally
    And the run engine "frozen" was started 1 times and is started no more

  @OC-POOL-3003
  Scenario: While an engine that hangs is ended, its pool is shown as unready
    Given the pool "dragging" is ready
    When the run engine "dragging" freezes
    Then the health of the pool "dragging" comes to have
      | field | value     |
      | ready | false     |
      | state | "unready" |
    And the health of the pool "dragging" says what was wrong
    When the run engine "dragging" gets the signal CONT
    Then the pool "dragging" becomes ready

  @OC-POOL-3005
  Scenario: An engine that hangs is started again
    Given the pool "hanging" is ready
    And the series are counted from now on
    When the run engine "hanging" freezes
    Then the run engine "hanging" is started 2 times
    And the pool "hanging" becomes ready
    And these series have grown by
      | series                | labels                          | by |
      | worker_restarts_total | pool_id=hanging, reason=unready | 1  |

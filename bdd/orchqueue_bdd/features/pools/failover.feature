Feature: A worker that is lost
  A task that nobody has seen a token of runs again where it can; one that has sent some is told.

  Background:
    Given the server "replicas"

  @OC-POOL-3032 @ORCH-3023
  Scenario: A task without a token runs again on another worker, which has none of its KV state
    Given the pool "failing-over" is ready
    And an engine "failing-over-a" that holds every request before its first token
    And an engine "failing-over-b" that holds every request before its first token
    And the task "a" runs on the pool "failing-over"
    When the engine "failing-over-a" goes away
    And the engines go on
    Then the task "a" ends normally
    And the task "a" has reached the engine "failing-over-b" exactly 1 times
    And the metrics of the task "a" say that it runs on the replica "failing-over-b"

  @OC-POOL-3032
  Scenario: A task that has sent a token is ended, and runs nowhere else
    Given the pool "broken-off" is ready
    And an engine "broken-off-a" that holds every request after 2 tokens
    And the task "a" runs on the pool "broken-off"
    And 2 tokens of the task "a" have arrived
    When the engine "broken-off-a" goes away
    Then the task "a" ends with the error WORKER_RESET
    And the task "a" has reached the engine "broken-off-b" exactly 0 times

  @OC-POOL-3007
  Scenario: However tasks end, their leases are given back
    Given the pool "leased" is ready
    And an engine "leased" that once goes on for longer than anybody waits
    When the task "a" is begun on the pool "leased" with
      | field      | value |
      | max_tokens | 1000  |
    And the task "a" has begun to arrive
    And the task "a" is cancelled
    Given an engine "leased" that once resets the connection before the first token
    When the task "b" is run on the pool "leased"
    And the task "c" is run on the pool "leased"
    Then these gauges come to stand at
      | series        | labels         | at |
      | active_leases | pool_id=leased | 0  |
    And the health of the pool "leased" comes to have
      | field                 | value |
      | ready                 | true  |
      | metrics.active_leases | 0     |
      | metrics.slots_free    | 1     |

Feature: A pool that is drained
  Whoever runs or waits in it is told in time what becomes of him.

  Background:
    Given the server "replicas"

  @OC-POOL-3006 @OC-CORE-1041
  Scenario: At the deadline what runs and what waits is ended, each in its own words
    Given the pool "stopping" is ready
    And an engine "stopping" that holds every request after 2 tokens
    And the task "a" runs on the pool "stopping"
    And the task "b" waits in the pool "stopping"
    And the series are counted from now on
    When the pool "stopping" is drained within 150 ms
    Then the task "a" ends with the error WORKER_RESET
    And the task "b" ends with the error POOL_UNAVAILABLE
    And these series have grown by
      | series               | labels                   | by |
      | tasks_canceled_total | reason=drain             | 2  |
      | tasks_finished_total | outcome=WORKER_RESET     | 1  |
      | tasks_finished_total | outcome=POOL_UNAVAILABLE | 1  |
    And the task "b" has reached the engine "stopping" exactly 0 times
    And the request of the task "a" at the engine "stopping" was ended by the server

  @OC-POOL-3031 @OC-POOL-3043
  Scenario: Readiness, leases and drains are counted as they come about
    Given the pool "measured" is ready
    And the series are counted from now on
    And an engine "measured" that holds every request after 1 tokens
    And the task "a" runs on the pool "measured"
    Then these gauges come to stand at
      | series        | labels           | at |
      | pool_ready    | pool_id=measured | 1  |
      | active_leases | pool_id=measured | 1  |
    When the pool "measured" is drained within 60000 ms
    Then the log has the line pool.draining of the pool "measured", with the correlation id of the answer
    And these gauges come to stand at
      | series        | labels           | at |
      | pool_ready    | pool_id=measured | 0  |
      | active_leases | pool_id=measured | 1  |
    When the engines go on
    Then the task "a" ends normally
    And these gauges come to stand at
      | series        | labels           | at |
      | pool_ready    | pool_id=measured | 0  |
      | active_leases | pool_id=measured | 0  |
    And these series have grown by
      | series             | labels                           | by |
      | drain_events_total | pool_id=measured, reason=api      | 1  |
      | drain_events_total | pool_id=measured, reason=shutdown | 0  |

  @OC-POOL-3041
  Scenario: What waits for a model that a reload takes away runs on no other
    Given the pool "outmoded" is ready
    And an engine "outmoded" that holds every request after 2 tokens
    And the task "a" runs on the pool "outmoded"
    And the task "b" waits in the pool "outmoded"
    And the engine "outmoded" serves the model "remodelled"
    When the engine "outmoded" holds no other request
    And the pool "outmoded" is reloaded with the model "remodelled"
    Then the answer has the status 200
    And the task "b" ends with the error POOL_UNAVAILABLE
    And the task "b" has reached the engine "outmoded" exactly 0 times
    When the engines go on
    Then the task "a" ends normally

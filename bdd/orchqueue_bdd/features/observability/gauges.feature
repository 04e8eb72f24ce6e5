Feature: What waits and runs can be read
  A gauge tells how things are now; after the work it tells that nothing is left of it.

  Background:
    Given the server "engines"

  @OC-CORE-1041
  Scenario: What waits is shown by priority, and what runs by its leases
    Given the pool "roomy" is ready
    And an engine "roomy" that holds every request after 1 tokens
    And the task "first" runs on the pool "roomy"
    And the task "second" waits in the pool "roomy"
    And the task "third" waits in the pool "roomy"
    And the batch task "fourth" waits in the pool "roomy"
    Then these gauges come to stand at
      | series        | labels                              | at |
      | queue_depth   | pool_id=roomy, priority=interactive | 2  |
      | queue_depth   | pool_id=roomy, priority=batch       | 1  |
      | active_leases | pool_id=roomy                       | 1  |
    When the engines go on
    Then every task of the scenario ends normally
    And these gauges come to stand at
      | series        | labels                              | at |
      | queue_depth   | pool_id=roomy, priority=interactive | 0  |
      | queue_depth   | pool_id=roomy, priority=batch       | 0  |
      | active_leases | pool_id=roomy                       | 0  |

  @ORCH-3028
  Scenario: Whether a pool can serve is shown
    Given the pool "loading" is ready
    And the engine "loading" loads its model
    Then these gauges come to stand at
      | series     | labels          | at |
      | pool_ready | pool_id=loading | 0  |
    When the engine "loading" has loaded its model
    Then these gauges come to stand at
      | series     | labels          | at |
      | pool_ready | pool_id=loading | 1  |

  @ORCH-3028
  Scenario: Waits and latencies are measured, each once for a task
    Given the pool "plain" is ready
    And an engine "plain" that always takes 60 ms for the prompt
    And the series are counted from now on
    When the task "a" is run on the pool "plain"
    And the task "b" is run on the pool "plain"
    Then these series have grown by
      | series                       | labels                              | by |
      | queue_wait_ms_count          | pool_id=plain, priority=interactive | 2  |
      | latency_first_token_ms_count | pool_id=plain, priority=interactive | 2  |
      | latency_decode_ms_count      | pool_id=plain, priority=interactive | 2  |
    And the series latency_first_token_ms_sum has grown by 120 or more
    And the series latency_first_token_ms_bucket with le "50" has not grown

  @ORCH-3041
  Scenario: Each priority is measured against an objective of its own
    Given the pool "plain" is ready
    And an engine "plain" that always takes 1100 ms for the prompt
    And the series are counted from now on
    When the task "a" is run on the pool "plain"
    And the task "b" is run on the pool "plain" with
      | field    | value   |
      | priority | "batch" |
    Then these series have grown by
      | series                        | labels                                       | by |
      | latency_first_token_ms_count  | pool_id=plain, priority=interactive          | 1  |
      | latency_first_token_ms_count  | pool_id=plain, priority=batch                | 1  |
      | latency_first_token_ms_bucket | pool_id=plain, priority=interactive, le=1000 | 0  |
      | latency_first_token_ms_bucket | pool_id=plain, priority=batch, le=30000      | 1  |

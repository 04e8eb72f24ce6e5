Feature: A reload that starts another engine
  The old one serves until the new one is proven, and when that never comes, it serves on.

  Background:
    Given the server "workers"

  @OC-POOL-3008 @ORCH-3031 @OC-POOL-3043
  Scenario: The old engine serves until the new one is proven, and ends what it has begun
    Given the pool "succeeded" is ready
    And the task "the long one" is at the run engine "succeeded"
    And 2 tokens of the task "the long one" have arrived
    And a reload of the pool "succeeded" runs, whose new engine is the run engine "succeeded-next"
    When the task "meanwhile" is run on the pool "succeeded"
    Then the task "meanwhile" ends normally
    And the task "meanwhile" has come to the run engine "succeeded" exactly 1 times
    When the run engine "succeeded-next" goes on
    Then the reload is answered with 200
    And the log has the line pool.reloaded of the pool "succeeded", with the correlation id of the answer
    When the task "afterwards" is run on the pool "succeeded-next"
    Then the task "afterwards" ends normally
    And the task "afterwards" has come to the run engine "succeeded-next" exactly 1 times
    When the run engine "succeeded" goes on
    Then the task "the long one" ends normally
    And the run engine "succeeded" is asked to end, and ends
    And these series come to stand at
      | series                | labels                           | at |
      | worker_restarts_total | pool_id=succeeded, reason=reload | 1  |

  @OC-POOL-3008 @OC-POOL-3043
  Scenario: A reload to a model that cannot be loaded changes nothing
    Given the pool "steady" is ready
    When the pool "steady" is reloaded with the model "missing"
    Then the answer is 409 RELOAD_ROLLED_BACK
    And the log has the line pool.reload-rolled-back of the pool "steady", with the correlation id of the answer
    When the task "a" is run on the pool "steady"
    Then the task "a" ends normally
    And the run engine "steady" was started 1 times and is started no more
    And these series come to stand at
      | series                | labels                        | at |
      | worker_restarts_total | pool_id=steady, reason=reload | 0  |

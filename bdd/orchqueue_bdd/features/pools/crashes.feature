Feature: An engine that crashes
  It is started again; what had sent nothing never notices, and what had is told.

  Background:
    Given the server "workers"

  @OC-POOL-3032 @OC-POOL-3030
  Scenario: What had sent a token ends, and what had sent none runs again
    Given the pool "killed" is ready
    And the series are counted from now on
    And the task "the speaking one" is at the run engine "killed"
    And 2 tokens of the task "the speaking one" have arrived
    And the task "the silent one" is at the run engine "killed"
    When the run engine "killed" gets the signal KILL
    Then the task "the speaking one" ends with the error WORKER_RESET
    When the run engine "killed" goes on
    And the pool "killed" is ready again
    Then the task "the silent one" ends normally
    And the task "the silent one" has come to the run engine "killed" exactly 2 times
    And the task "the speaking one" has come to the run engine "killed" exactly 1 times
    And these series have grown by
      | series                 | labels                       | by |
      | preload_outcomes_total | pool_id=killed, result=pass  | 1  |
      | preload_outcomes_total | pool_id=killed, result=fail  | 0  |
      | worker_restarts_total  | pool_id=killed               | 1  |
    And these gauges come to stand at
      | series        | labels         | at |
      | pool_ready    | pool_id=killed | 1  |
      | active_leases | pool_id=killed | 0  |

  @OC-POOL-3010 @ORCH-3038 @ORCH-3053 @OC-POOL-3043
  Scenario Outline: An error of the driver is told as <reason>, and the engine starts again after a pause
    Given the pool "<pool>" is ready
    And the series are counted from now on
    When the task "the fatal one" is begun on the pool "<pool>"
    Then the task "the fatal one" ends with the error WORKER_RESET
    And the health of the pool "<pool>" comes to have
      | field | value |
      | ready | false |
    And the health of the pool "<pool>" says what was wrong
    And the start 2 of the run engine "<pool>" came 320 ms or more after the end before it
    And the pool "<pool>" becomes ready
    When the task "after it" is run on the pool "<pool>"
    Then the task "after it" ends normally
    And these series have grown by
      | series                | labels                              | by      |
      | worker_restarts_total | pool_id=<pool>, reason=driver-error | 1       |
      | worker_restarts_total | pool_id=<pool>                      | 1       |
      | driver_resets_total   | pool_id=<pool>, reason=reset        | <reset> |
      | driver_resets_total   | pool_id=<pool>, reason=ecc          | <ecc>   |
    And the log has the line worker.unready of the pool "<pool>" and its worker "<pool>", with a reason
    And the log has the line worker.restarted of the pool "<pool>" and its worker "<pool>", with a reason

    Examples:
      | pool         | reason    | reset | ecc |
      | driver-reset | a reset   | 1     | 0   |
      | driver-ecc   | ECC error | 0     | 1   |

  @ORCH-3039
  Scenario: Why an engine ended is found out, though the task that it ran asked about just that
    Given the pool "overfull" is ready
    And the series are counted from now on
    When the task "the fatal one, CUDA error: out of memory" is begun on the pool "overfull"
    Then the task "the fatal one, CUDA error: out of memory" ends with the error WORKER_RESET
    And these series have grown by
      | series                | labels                            | by |
      | worker_restarts_total | pool_id=overfull, reason=oom-vram | 1  |
      | worker_restarts_total | pool_id=overfull                  | 1  |

Feature: Devices of workers
  A worker has the devices that its entry names, all of them and no other.

  Background:
    Given the server "devices"

  @ORCH-1101 @ORCH-3001 @ORCH-3011 @OC-POOL-3020 @OC-POOL-3021
  Scenario: Each engine is a process with its own devices and the model of its pool
    Given the pool "masked" is ready
    Then the run engines "masked-a" and "masked-b" are two processes
    And the run engine "masked-a" was started with
      | variable             | value      |
      | CUDA_VISIBLE_DEVICES | 9,10       |
      | CUDA_DEVICE_ORDER    | PCI_BUS_ID |
      | SPLIT                | 0.75,0.25  |
      | MODEL                | masked     |
    And the run engine "masked-b" was started with
      | variable             | value      |
      | CUDA_VISIBLE_DEVICES | 10         |
      | CUDA_DEVICE_ORDER    | PCI_BUS_ID |
      | SPLIT                | 1          |
      | MODEL                | masked     |

  @ORCH-3018 @OC-POOL-3012
  Scenario: A pool without its devices starts nothing, says so, and begins when they come
    When the task "a" is submitted to the pool "lacking"
    Then the task "a" is refused with 503 POOL_UNAVAILABLE
    And the task "a" is told to come back in 1 to 8400 ms
    And the health of the pool "lacking" says what was wrong
    And the run engine "lacking" was never started
    When the GPU "lacking" is there
    Then the run engine "lacking" is started 1 times
    And the pool "lacking" becomes ready

  @ORCH-1101 @ORCH-3018 @OC-POOL-3012
  Scenario: An engine that would do without its devices is ended
    Then the run engine "spilling" is started 2 times
    And the run engine "spilling" never runs twice at once
    And the pool "spilling" becomes ready
    And these series come to stand at
      | series                 | labels                        | at |
      | preload_outcomes_total | pool_id=spilling, result=fail | 1  |
      | preload_outcomes_total | pool_id=spilling, result=pass | 1  |

  @ORCH-3011 @OC-POOL-3012
  Scenario: What lacks its device gets nothing, and the other worker serves
    Given the pool "partly" is ready
    When the GPU "partly-a" is lost
    Then the health of the pool "partly" comes to have
      | field              | value |
      | ready              | true  |
      | metrics.slots_free | 2     |
    When 3 tasks are submitted for the model "partly" whose engines hold them
    Then the engine "partly-b" comes to work on 2 tasks
    And the queue of the pool "partly" comes to hold 1 tasks
    And the engine "partly-a" comes to work on 0 tasks

  @OC-POOL-3010 @ORCH-3038 @ORCH-3053 @OC-POOL-3030
  Scenario Outline: A device that <what> takes its engine out, which begins anew
    Given the pool "<pool>" is ready
    And the series are counted from now on
    And the task "the speaking one" is at the run engine "<pool>"
    And 2 tokens of the task "the speaking one" have arrived
    And the task "after it" waits in the pool "<pool>"
    When the GPU "<pool>" <what>
    Then the task "the speaking one" ends with the error WORKER_RESET
    And the run engine "<pool>" is asked to end, and ends
    When the GPU "<pool>" is there
    Then the task "after it" ends normally
    And the run engine "<pool>" is started 2 times
    And these series have grown by
      | series                | labels                              | by      |
      | worker_restarts_total | pool_id=<pool>, reason=driver-error | 1       |
      | driver_resets_total   | pool_id=<pool>, reason=reset        | <reset> |
      | driver_resets_total   | pool_id=<pool>, reason=ecc          | <ecc>   |

    Examples:
      | pool         | what                                 | reset | ecc |
      | failing-ecc  | counts another uncorrected ECC error | 0     | 1   |
      | failing-lost | is lost                              | 1     | 0   |

  @OC-POOL-3030
  Scenario: Memory and work of the devices are measured
    Given the pool "gauged" is ready
    Then these gauges come to stand at
      | series          | labels                                     | at         |
      | vram_used_bytes | pool_id=gauged, replica_id=gauged, device=8 | 3000000000 |
      | gpu_utilization | pool_id=gauged, replica_id=gauged, device=8 | 37         |

  @OC-POOL-3008 @OC-POOL-3030
  Scenario: Where two engines have no room, the old one ends first, and is started again when the new one fails
    Given the pool "cramped" is ready
    When the pool "cramped" is reloaded with the model "missing"
    Then the answer is 409 RELOAD_ROLLED_BACK
    And the pool "cramped" becomes ready
    And the run engine "cramped" is started 2 times
    And the run engine "cramped" never runs twice at once
    When the task "a" is run on the pool "cramped"
    Then the task "a" ends normally
    And these series come to stand at
      | series                | labels                         | at |
      | worker_restarts_total | pool_id=cramped, reason=reload | 1  |

  @OC-POOL-3044
  Scenario: A pool that was drained stays so when a reload fails, even where the old engine had to make room
    Given the pool "put-away" is ready
    And the pool "put-away" was drained within 60000 ms
    When the pool "put-away" is reloaded with the model "missing"
    Then the answer is 409 RELOAD_ROLLED_BACK
    And the health of the pool "put-away" comes to have
      | field    | value     |
      | ready    | false     |
      | draining | true      |
      | state    | "stopped" |
    And the run engine "put-away" was started 1 times and is started no more
    And a task for the pool "put-away" is refused with 503 POOL_UNREADY

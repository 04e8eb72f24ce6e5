Feature: An engine that cannot start
  It is tried again, ever later, and when that is of no use, left alone for a while.

  Background:
    Given the server "workers"

  @ORCH-3002 @ORCH-3003 @OC-POOL-3002 @OC-POOL-3011 @OC-POOL-3030
  Scenario Outline: An engine that <fate> is shown with the reason, and tried again with growing pauses
    Then the run engine "<pool>" is restarted 3 times, with pauses that double from <first> up to <longest> ms
    And the health of the pool "<pool>" comes to have
      | field | value |
      | ready | false |
    And the health of the pool "<pool>" says what was wrong
    And these series come to stand at
      | series                 | labels                         | at |
      | pool_ready             | pool_id=<pool>                 | 0  |
      | preload_outcomes_total | pool_id=<pool>, result=fail    | 4  |
      | preload_outcomes_total | pool_id=<pool>, result=pass    | 0  |
      | worker_restarts_total  | pool_id=<pool>, reason=<cause> | 3  |
      | worker_restarts_total  | pool_id=<pool>                 | 3  |

    Examples:
      | pool            | fate                         | cause    | first | longest |
      | short-of-vram   | finds too little GPU memory  | oom-vram | 500   | 600000  |
      | short-of-memory | finds too little host memory | oom-host | 500   | 600000  |
      | broken          | gives up for its own reasons | crash    | 2000  | 2000    |

  @OC-POOL-3003
  Scenario: An engine that is left alone for a while is shown so, with the reason
    Then the health of the pool "short-of-vram" comes to have
      | field | value     |
      | ready | false     |
      | state | "backoff" |
    And the health of the pool "short-of-vram" says what was wrong

  @ORCH-3039 @ORCH-3003 @OC-POOL-3002
  Scenario: Want of GPU memory and of host memory are told apart
    Then the series worker_restarts_total of the pool "short-of-vram" counts oom-vram and not oom-host
    And the series worker_restarts_total of the pool "short-of-memory" counts oom-host and not oom-vram
    And the health of the pool "short-of-vram" says what was wrong
    And the health of the pool "short-of-memory" says what was wrong
    And the healths of the pools "short-of-vram" and "short-of-memory" say different things

  @OC-POOL-3011 @ORCH-3053
  Scenario: A storm of restarts is ended, and tasks are told when to come back
    Then the run engine "storming" was started 4 times and is started no more
    Given the series are counted from now on
    When the task "a" is submitted to the pool "storming"
    Then the task "a" is refused with 503 POOL_UNAVAILABLE
    And the task "a" is told to come back in 1 to 72000 ms
    And the counter tasks_rejected_total with reason "POOL_UNAVAILABLE" has grown by 1
    And these series come to stand at
      | series                | labels                         | at |
      | circuit_breaker_state | pool_id=storming, kind=restart | 2  |

  @OC-POOL-3011
  Scenario: After a while one start is tried, once more after as long when it fails, and what stays well is trusted again
    Given the pool "mending" is ready
    Then the start 4 of the run engine "mending" came 1500 ms or more after the end before it
    And the start 5 of the run engine "mending" came 1500 ms or more after the end before it
    And the run engine "mending" was started 5 times and is started no more
    And these series come to stand at
      | series                | labels                        | at |
      | circuit_breaker_state | pool_id=mending, kind=restart | 0  |
      | pool_ready            | pool_id=mending               | 1  |

  @OC-POOL-3045
  Scenario: An engine that is not ready in time is ended, and started again
    Then the run engine "tardy" is started 2 times
    And the run engine "tardy" never runs twice at once
    And the pool "tardy" becomes ready
    And the health of the pool "tardy" says what was wrong

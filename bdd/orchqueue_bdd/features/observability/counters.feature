Feature: Decisions are counted, each once
  An operator adds these numbers up; one that counts twice, or forgets, makes every sum wrong.

  @OC-CORE-1041
  Scenario: Accepted, started and ended tasks are counted
    Given the server "standard"
    And the series are counted from now on
    When 3 interactive tasks and 2 batch tasks are run
    Then these series have grown by
      | series                | labels               | by |
      | tasks_enqueued_total  | priority=interactive | 3  |
      | tasks_enqueued_total  | priority=batch       | 2  |
      | tasks_started_total   | priority=interactive | 3  |
      | tasks_started_total   | priority=batch       | 2  |
      | tasks_finished_total  | outcome=end          | 5  |
      | tasks_finished_total  |                      | 5  |
      | tasks_rejected_total  |                      | 0  |
      | tasks_canceled_total  |                      | 0  |

  @OC-CORE-1041
  Scenario Outline: A refused task is counted under its code, and as nothing else
    Given the server "engines"
    And the pool "single" is ready
    And the series are counted from now on
    When the task "a" is submitted to the pool "single" with
      | field   | value   |
      | <field> | <value> |
    Then these series have grown by
      | series               | labels        | by |
      | tasks_rejected_total | reason=<code> | 1  |
      | tasks_rejected_total |               | 1  |
      | tasks_enqueued_total |               | 0  |
      | tasks_started_total  |               | 0  |
      | tasks_finished_total |               | 0  |

    Examples:
      | field       | value   | code           |
      | max_tokens  | 1000000 | INVALID_PARAMS |
      | deadline_ms | 0       | DEADLINE_UNMET |

  @OC-CORE-1041
  Scenario: A task that meets a full queue is counted as refused, and the policy as used
    Given the server "engines"
    And the pool "single" is ready
    And an engine "single" that holds every request after 1 tokens
    And the task "first" runs on the pool "single"
    And the task "second" waits in the pool "single"
    And the task "third" waits in the pool "single"
    And the series are counted from now on
    When the task "fourth" is submitted to the pool "single"
    Then these series have grown by
      | series                              | labels                  | by |
      | tasks_rejected_total                | reason=ADMISSION_REJECT | 1  |
      | admission_backpressure_events_total | policy=reject           | 1  |
      | tasks_enqueued_total                |                         | 0  |

  @OC-CORE-1041
  Scenario: A task that is cancelled while it waits was never started
    Given the server "engines"
    And the pool "single" is ready
    And an engine "single" that holds every request after 1 tokens
    And the task "first" runs on the pool "single"
    And the series are counted from now on
    And the task "second" waits in the pool "single"
    When the task "second" is cancelled
    Then these series have grown by
      | series               | labels           | by |
      | tasks_enqueued_total |                  | 1  |
      | tasks_started_total  |                  | 0  |
      | tasks_canceled_total | reason=client    | 1  |
      | tasks_canceled_total |                  | 1  |
      | tasks_finished_total | outcome=canceled | 1  |
      | tasks_finished_total |                  | 1  |

  @OC-CORE-1041
  Scenario: A task that is cancelled while it runs is counted once, however often it is cancelled
    Given the server "engines"
    And the pool "single" is ready
    And an engine "single" that holds every request after 1 tokens
    And the series are counted from now on
    And the task "first" runs on the pool "single"
    When the task "first" is cancelled
    And the task "first" is cancelled
    Then these series have grown by
      | series               | labels           | by |
      | tasks_enqueued_total |                  | 1  |
      | tasks_started_total  |                  | 1  |
      | tasks_canceled_total | reason=client    | 1  |
      | tasks_canceled_total |                  | 1  |
      | tasks_finished_total | outcome=canceled | 1  |
      | tasks_finished_total |                  | 1  |

  @OC-CORE-1041
  Scenario: A task that hangs is counted as ended by the watchdog
    Given the server "engines"
    And the pool "restless" is ready
    And an engine "restless" that always falls silent after a token
    And the series are counted from now on
    When the task "a" is run on the pool "restless"
    Then these series have grown by
      | series               | labels                 | by |
      | tasks_canceled_total | reason=watchdog        | 1  |
      | tasks_canceled_total |                        | 1  |
      | tasks_finished_total | outcome=DECODE_TIMEOUT | 1  |
      | tasks_finished_total |                        | 1  |

  @OC-CORE-1041
  Scenario: A task that is too late is counted as ended by its deadline
    Given the server "engines"
    And the pool "single" is ready
    And the pool "single" has served 5 tasks of 1 tokens
    And an engine "single" that holds every request after 1 tokens
    And the series are counted from now on
    When the task "late" is begun on the pool "single" with
      | field       | value |
      | deadline_ms | 400   |
    Then the task "late" ends with the error DEADLINE_UNMET
    And these series have grown by
      | series               | labels                 | by |
      | tasks_canceled_total | reason=deadline        | 1  |
      | tasks_canceled_total |                        | 1  |
      | tasks_finished_total | outcome=DEADLINE_UNMET | 1  |
      | tasks_finished_total |                        | 1  |
      | tasks_rejected_total |                        | 0  |

  @OC-CORE-1041
  Scenario: A task whose only reader goes away is counted as ended by that
    Given the server "engines"
    And the pool "leaving" is ready
    And an engine "leaving" that holds every request after 1 tokens
    And the series are counted from now on
    And the task "a" runs on the pool "leaving"
    When the reader of the task "a" goes away
    Then these series have grown by
      | series               | labels            | by |
      | tasks_canceled_total | reason=disconnect | 1  |
      | tasks_canceled_total |                   | 1  |
      | tasks_finished_total |                   | 1  |

  @OC-CORE-1041
  Scenario: A task that needs another attempt is started once
    Given the server "engines"
    And the pool "plain" is ready
    And an engine "plain" that once fails with 500
    And the series are counted from now on
    When the task "a" is run on the pool "plain"
    Then these series have grown by
      | series               | labels      | by |
      | tasks_enqueued_total |             | 1  |
      | tasks_started_total  |             | 1  |
      | tasks_finished_total | outcome=end | 1  |
      | tasks_finished_total |             | 1  |

  @OC-CORE-1041
  Scenario Outline: A task whose engine <behaviour> is counted under its code
    Given the server "engines"
    And the pool "plain" is ready
    And an engine "plain" that always <behaviour>
    And the series are counted from now on
    When the task "a" is run on the pool "plain"
    Then these series have grown by
      | series               | labels         | by |
      | tasks_finished_total | outcome=<code> | 1  |
      | tasks_finished_total |                | 1  |
      | tasks_canceled_total |                | 0  |

    Examples:
      | behaviour                           | code           |
      | resets the connection after a token | WORKER_RESET   |
      | fails inside its stream             | INTERNAL       |
      | refuses the request with 400        | INVALID_PARAMS |

  @OC-CORE-1041
  Scenario: A task that a full queue gives up is counted as refused and as ended, and so is the policy
    Given the server "queues"
    And that tasks go to the pool "evicting"
    And that the slots are held
    And the batch task "first" waits
    And the batch task "second" waits
    And the series are counted from now on
    When the task "new" is submitted
    Then these series have grown by
      | series                              | labels                      | by |
      | tasks_enqueued_total                |                             | 1  |
      | tasks_rejected_total                | reason=QUEUE_FULL_DROP_LRU  | 1  |
      | tasks_finished_total                | outcome=QUEUE_FULL_DROP_LRU | 1  |
      | admission_backpressure_events_total | policy=drop-lru             | 1  |

  @OC-CORE-1041
  Scenario Outline: A task that comes with <what> is counted as refused under its code
    Given the server "standard"
    And the series are counted from now on
    When the client sends <what>
    Then these series have grown by
      | series               | labels        | by |
      | tasks_rejected_total | reason=<code> | 1  |
      | tasks_rejected_total |               | 1  |
      | tasks_enqueued_total |               | 0  |

    Examples:
      | what                       | code                   |
      | a body that is too large   | PAYLOAD_TOO_LARGE      |
      | a body of text/plain       | UNSUPPORTED_MEDIA_TYPE |
      | a task without a key       | UNAUTHENTICATED        |
      | a task with an unknown key | FORBIDDEN              |

  @OC-CTRL-2051 @ORCH-3028
  Scenario: Tokens are counted as the engine counts them
    Given the server "engines"
    And the pool "plain" is ready
    And an engine "plain" that says the tokens "0xe4bd|0xa0|x"
    And the series are counted from now on
    When the task "a" is run on the pool "plain"
    And the task "b" is run on the pool "plain"
    Then the tokens counted have grown as those that the engine "plain" counts

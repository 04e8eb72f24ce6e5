Feature: A pool that serves too late
  While interactive tasks wait for too long, batch tasks are the first to go.

  Background:
    Given the server "replicas"

  @ORCH-3040
  Scenario: Batch tasks are refused until interactive ones are served in time again
    Given the pool "shedding" is ready
    And an engine "shedding" that holds every request before its first token
    When the interactive task "late" waits for its first token in the pool "shedding"
    Then batch tasks for the pool "shedding" come to be refused
    And the answer is 429 ADMISSION_REJECT
    And the policy that refused is "shed-low-priority"
    And headers and body advise the same time
    And these gauges come to stand at
      | series                | labels                            | at |
      | circuit_breaker_state | pool_id=shedding, kind=objective  | 2  |
    When the interactive task "also late" waits for its first token in the pool "shedding"
    And the engines go on
    Then batch tasks for the pool "shedding" come to be taken again as interactive ones are served in time
    And these gauges come to stand at
      | series                | labels                            | at |
      | circuit_breaker_state | pool_id=shedding, kind=objective  | 0  |

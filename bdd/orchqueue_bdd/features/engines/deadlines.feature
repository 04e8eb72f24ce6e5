Feature: Deadlines are kept or refused
  A result that comes too late is work for nobody, so it is better not begun, and better not finished.

  Background:
    Given the server "engines"

  @ORCH-3079 @OC-CORE-1025
  Scenario Outline: A deadline that has passed already is refused
    Given the pool "plain" is ready
    When the task "a" is submitted to the pool "plain" with a deadline of <deadline> ms
    Then the task "a" is refused with 400 DEADLINE_UNMET
    And the task "a" has reached the engine "plain" exactly 0 times

    Examples:
      | deadline |
      | 0        |
      | -1       |

  @ORCH-3079 @OC-CORE-1025
  Scenario: A deadline that no task of the pool could have kept is refused
    Given the pool "slow" is ready
    And the pool "slow" has served 5 tasks of 1 tokens
    When the task "a" is submitted to the pool "slow" with a deadline of 1 ms
    Then the task "a" is refused with 400 DEADLINE_UNMET

  @OC-CORE-1025 @OC-CTRL-2030
  Scenario: A deadline that passes while the task waits ends it
    Given the pool "single" is ready
    And the pool "single" has served 5 tasks of 1 tokens
    And an engine "single" that holds every request after 1 tokens
    And the task "first" runs on the pool "single"
    When the task "late" is begun on the pool "single" with
      | field       | value |
      | deadline_ms | 400   |
    Then the task "late" ends with the error DEADLINE_UNMET
    And the task "late" has reached the engine "single" exactly 0 times

  @OC-CORE-1025
  Scenario: A deadline that passes while the task runs ends it and frees its slot
    Given the pool "single" is ready
    And the pool "single" has served 5 tasks of 1 tokens
    And an engine "single" that holds every request after 1 tokens
    When the task "late" is begun on the pool "single" with
      | field       | value |
      | deadline_ms | 400   |
    Then the task "late" ends with the error DEADLINE_UNMET
    And the pool "single" holds 0 leases

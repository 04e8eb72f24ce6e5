Feature: Busy is not broken
  An engine that turns a task away for want of a slot is healthy; the task waits for it.

  Background:
    Given the server "engines"

  @OC-ADAPT-5082
  Scenario Outline: A task that is turned away as busy is tried until the engine takes it
    Given the pool "plain" is ready
    And an engine "plain" that 3 times <behaviour>
    When the task "a" is run on the pool "plain"
    Then the task "a" ends normally
    And the task "a" has reached the engine "plain" exactly 4 times

    Examples:
      | behaviour                          |
      | turns the request away as busy     |
      | turns the request away with 429    |

  @OC-ADAPT-5082
  Scenario: A task waits in its queue while the engine is busy, and the engine stays trusted
    Given the pool "single" is ready
    And an engine "single" that always turns the request away as busy
    When the task "a" is begun on the pool "single"
    Then the queue of the pool "single" comes to hold 1 tasks
    And the pool "single" is still ready
    When the engine "single" is no longer busy
    Then the task "a" ends normally

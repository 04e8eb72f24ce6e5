Feature: A watchdog ends what hangs
  A task that its engine has forgotten would hold its slot, and its client, for ever.

  Background:
    Given the server "engines"

  @ORCH-3016
  Scenario Outline: Nothing runs for ever
    Given the pool "<pool>" is ready
    And an engine "<pool>" that always <behaviour>
    When the task "a" is run on the pool "<pool>" with
      | field      | value |
      | max_tokens | 500   |
    Then the task "a" ends with the error DECODE_TIMEOUT

    Examples:
      | pool     | behaviour                             |
      | brief    | goes on for longer than anybody waits |
      | restless | falls silent after a token            |

  @OC-CORE-1022
  Scenario Outline: Each limit of a pool ends a task, and the engine is told to stop
    Given the pool "<pool>" is ready
    And an engine "<pool>" that always <behaviour>
    When the task "a" is run on the pool "<pool>" with
      | field      | value |
      | max_tokens | 500   |
    Then the task "a" ends with the error DECODE_TIMEOUT
    And the task "a" was not over before <limit> ms
    And the request of the task "a" at the engine "<pool>" was ended by the server

    Examples:
      | pool     | limit | behaviour                             |
      | brief    | 250   | goes on for longer than anybody waits |
      | hasty    | 150   | falls silent before the first token   |
      | restless | 150   | falls silent after a token            |

  @OC-CORE-1022
  Scenario: A task that keeps within the limits is left alone
    Given the pool "restless" is ready
    When the task "a" is run on the pool "restless" with
      | field      | value |
      | max_tokens | 100   |
    Then the task "a" ends normally

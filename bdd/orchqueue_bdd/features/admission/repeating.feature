Feature: Submitting a task again
  A client that does not know whether its request came through sends it again, and no harm is done.

  Background:
    Given the server "queues"
    And that tasks go to the pool "single"

  @OC-CTRL-2013
  Scenario: An equal body is answered as the first time
    Given the task "a" has ended
    When the task "a" is submitted again
    Then the answer repeats what the task "a" was told first
    And the task "a" runs once

  @OC-CTRL-2013
  Scenario: An equal body is answered as the first time while the task waits
    Given that the slots are held
    And the batch task "a" waits
    And the interactive task "b" waits
    When the task "a" is submitted again
    Then the answer repeats what the task "a" was told first
    When the slots are released
    Then the task "a" runs once

  @OC-CTRL-2013
  Scenario: Equal bodies at the same time are one task
    When the task "a" is submitted 8 times at once
    Then all of them are told the same
    And the task "a" runs once

  @OC-CTRL-2013
  Scenario Outline: A body with another <field> is a conflict
    Given the task "a" has ended
    When the task "a" is submitted again with the `<field>` <value>
    Then the answer is 409 TASK_CONFLICT

    Examples:
      | field      | value         |
      | prompt     | "Another one" |
      | max_tokens | 5             |
      | priority   | "batch"       |
      | seed       | 7             |

  @OC-CTRL-2013
  Scenario: A refusal is not remembered
    When the task "a" is submitted with the `max_tokens` 100000
    And the task "a" is submitted again with the `max_tokens` 4
    Then the answer has the status 202

  @OC-CTRL-2013
  Scenario: Another tenant may use the same id
    Given the task "ours" has ended
    When the task "theirs" is submitted under the id of the task "ours" with the key "stranger"
    Then the task "theirs" is another job than the task "ours"

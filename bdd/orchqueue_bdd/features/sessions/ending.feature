Feature: The end of a session
  A session ends when nobody has used it for its time, or when its client says so. Its tasks go on.

  Background:
    Given the server "sessions"
    And that tasks go to the pool "talks"
    And that tasks are of the session "talk"

  @ORCH-2005
  Scenario: A session can be deleted
    Given the task "a" has ended
    When the session "talk" is deleted
    Then the answer has the status 204
    And there is no session "talk"

  @OC-CTRL-2064
  Scenario: What is gone can be deleted again
    Given the task "a" has ended
    And the session "talk" was deleted
    When the session "talk" is deleted
    Then the answer has the status 204

  @OC-CTRL-2064
  Scenario Outline: After the deletion of <path> there is none, as before
    When a DELETE of <path> is sent
    Then the answer has the status 204

    Examples:
      | path                 |
      | /v1/sessions/{id}    |
      | /v1/sessions/no-uuid |

  @OC-CTRL-2064
  Scenario: Nobody ends the session of another tenant
    Given the task "a" has ended
    When the session "talk" is deleted with the key "stranger"
    Then the answer has the status 204
    And the session "talk" is there

  @OC-CTRL-2064
  Scenario: Deleting a session cancels nothing
    Given the task "a" runs and has sent 2 tokens
    When the session "talk" has been deleted
    And the slots are released
    Then the task "a" ends normally

  @OC-CTRL-2064
  Scenario: What is settled after the end of a session counts nowhere
    Given the task "old" runs and has sent 2 tokens
    And the session "talk" was deleted
    When the task "new" of 10 and 5 tokens is submitted with 30000 ms of time
    And the task "old" is cancelled
    Then the session "talk" has had 1 turns
    And the session "talk" has 185 tokens, 70000 ms and a cost of unlimited left

  @OC-CTRL-2064
  Scenario: What is settled after the end of a session changes no other one
    Given the task "old" runs and has sent 2 tokens
    And the session "talk" was deleted
    When the slots are released
    And the end of the task "old" has come
    Then there is no session "talk"

  @OC-CTRL-2064
  Scenario: The stream of a task that outlives its session tells what was left
    Given the task "a" runs and has sent 2 tokens
    And that it is known what the session "talk" has left
    And the session "talk" was deleted
    When the slots are released
    And the end of the task "a" has come
    Then a stream of the task "a" tells what was left then

  @OC-CTRL-2064
  Scenario: The next session of the same id has all that the first had
    Given that the session has had 4 turns
    And the session "talk" was deleted
    When the task "a" of 10 and 190 tokens is submitted with 100000 ms of time
    Then the task "a" is accepted
    And the session "talk" has had 1 turns

  @OC-CTRL-2064
  Scenario: A deleted session has no KV state
    Given the task "a" has ended
    And the session "talk" was deleted
    When the task "b" has been run to its end
    Then the metrics of the task "b" call it cold

  @OC-CTRL-2064
  Scenario: The acceptance of a task is a use
    Given the task "a" has ended
    And that the end of the session "talk" is known
    And 100 ms have passed
    And that the slots are held
    When the task "b" of 10 and 5 tokens is submitted
    Then the session "talk" lives longer than was known

  @OC-CTRL-2064
  Scenario: The end of a task is a use
    Given the task "a" runs and has sent 2 tokens
    And that the end of the session "talk" is known
    And 100 ms have passed
    When the slots are released
    And the end of the task "a" has come
    Then the session "talk" lives longer than was known

  @OC-CTRL-2064
  Scenario: Reading a session is no use of it
    Given the task "a" has ended
    And that the end of the session "talk" is known
    And 100 ms have passed
    When the session "talk" is read
    Then the session "talk" lives no longer than was known

  @OC-CTRL-2064
  Scenario: A refused task is no use of its session
    Given the task "a" has ended
    And that the end of the session "talk" is known
    And 100 ms have passed
    When the task "b" of 10 and 300 tokens is submitted
    Then the session "talk" lives no longer than was known

  @OC-CTRL-2064
  Scenario: A repeated task is no use of its session
    Given the task "a" has ended
    And that the end of the session "talk" is known
    And 100 ms have passed
    When the task "a" is submitted again
    Then the session "talk" lives no longer than was known

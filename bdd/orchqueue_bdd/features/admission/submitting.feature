Feature: Submitting tasks
  A client posts a task and is told at once whether it was accepted, as which job, and where it stands.

  Background:
    Given the server "queues"
    And that tasks go to the pool "single"

  @ORCH-2001 @smoke
  Scenario: A task is accepted and runs
    When the task "a" is submitted
    Then the task "a" is accepted
    And the task "a" comes to an end

  @ORCH-2001
  Scenario: The answer does not wait for the engine
    Given that the slots are held
    When the task "a" is submitted
    Then the task "a" is accepted

  @OC-CTRL-2010 @smoke
  Scenario: An acceptance tells the client where it stands
    When the task "a" is submitted
    Then the task "a" is told its id, its job, its place and its start
    And the task "a" has the place 0

  @OC-CTRL-2010
  Scenario: A place counts the tasks that would be dispatched earlier
    Given that the slots are held
    And the batch task "first" waits
    And the batch task "second" waits
    When the interactive task "urgent" is submitted
    And the batch task "last" is submitted
    Then the task "urgent" has the place 0
    And the task "last" has the place 3

  @OC-CTRL-2010
  Scenario: A task that is refused takes no place
    Given that the slots are held
    And the task "first" waits
    When the task "refused" is submitted with the `max_tokens` 100000
    Then the answer has the status 400
    When the task "next" is submitted
    Then the task "next" has the place 1

  @ORCH-3024
  Scenario: Tasks that come at the same time are different jobs
    Given that the slots are held
    When 12 tasks are submitted at once
    Then 13 tasks are accepted, each as a job of its own

  @ORCH-3024
  Scenario: Tasks of different tenants are different jobs
    Given the task "ours" has ended
    When the task "theirs" is submitted with the key "stranger"
    Then the task "theirs" is another job than the task "ours"

Feature: Waiting
  Clients know where they stand, and may refuse to wait.

  Background:
    Given the server "queues"

  @OC-CTRL-2016
  Scenario: A task that does not want to wait is refused when it would have to
    Given that tasks go to the pool "patient"
    And that the slots are held
    When the task "a" is submitted with the `max_queue_ms` 0
    Then the answer is 429 ADMISSION_REJECT

  @OC-CTRL-2016
  Scenario: A task that does not want to wait is accepted when it need not
    Given that tasks go to the pool "patient"
    And the task "before" has ended
    When the task "a" is submitted with the `max_queue_ms` 0
    Then the task "a" is accepted
    And the task "a" ends normally

  @OC-CTRL-2016
  Scenario: A task is given up when its patience ends in the queue
    Given that tasks go to the pool "patient"
    And that the pool has learnt how long a task takes
    And that the slots are held
    And the task "a" waits at most 200 ms
    Then the waiting task "a" is given up with the error ADMISSION_REJECT
    And the task "a" was given up after no less than 200 ms
    And nothing of the task "a" has reached the engine

  @ORCH-3029
  Scenario: The start of a task says where it stood when it was accepted
    Given that tasks go to the pool "single"
    And that the slots are held
    And the task "first" waits
    And the task "second" waits
    When the slots are released
    Then the start of the task "second" says what its admission said

  @ORCH-3029
  Scenario: The log of an admission says where the task stands
    Given that tasks go to the pool "single"
    And that the slots are held
    And the task "first" waits
    And the task "second" waits
    Then the admission of the task "second" is logged with its place and its start

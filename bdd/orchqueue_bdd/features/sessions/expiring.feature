Feature: The time of a session
  What nobody uses ends by itself.

  Background:
    Given the server "fleeting"
    And that tasks go to the pool "brief"
    And that tasks are of the session "talk"

  @OC-CTRL-2064
  Scenario: A session outlives its last use by its time, and no more
    Given the task "a" has ended
    Then the session "talk" is gone, but not within 1000 ms after its last task was submitted

  @OC-CTRL-2064
  Scenario: A task that runs for longer does not keep its session, and goes on without it
    Given the task "a" runs and has sent 2 tokens
    And the session "talk" has ended by itself
    When the slots are released
    Then the task "a" ends normally
    And there is no session "talk"

Feature: Sessions go home
  The replica that knows a conversation goes on with it, and where it cannot, nothing is moved.

  Background:
    Given the server "sessions"
    And that tasks go to the pool "paired"
    And that tasks are of the session "talk"

  @ORCH-3009 @OC-CORE-1013
  Scenario: A session goes back to the replica that served it
    Given the task "holder" of another session keeps the replica "paired-a"
    And the task "a" has ended
    When the engines go on
    And the end of the task "holder" has come
    And the task "b" has been run to its end
    Then the task "a" ran on the replica "paired-b"
    And the task "b" ran on the replica "paired-b"
    And the metrics of the task "b" call it warm

  @ORCH-3009
  Scenario: A session whose replica is full is served by another one, and told so
    Given the task "a" has ended
    And the task "b" stays where the task "a" has run
    When the task "c" has been run to its end
    Then the task "c" ran elsewhere than the task "a"
    And the metrics of the task "c" call it cold

  @ORCH-3023
  Scenario: No KV state is moved to the replica that steps in
    Given the task "a" has ended
    And the task "b" stays where the task "a" has run
    When the task "c" has been run to its end
    Then the metrics of the task "c" say that nothing was moved

  @ORCH-3009 @ORCH-3023 @OC-CORE-1013
  Scenario: A session whose replica is lost is served by another one, and nothing is moved
    Given the task "holder" of another session keeps the replica "paired-a"
    And the task "a" has ended
    When the engines go on
    And the end of the task "holder" has come
    And the engine "paired-b" goes away
    And the task "b" has been run to its end
    Then the task "a" ran on the replica "paired-b"
    And the metrics of the task "b" call it cold
    And the metrics of the task "b" say that nothing was moved

  @ORCH-3009 @ORCH-3023 @OC-CORE-1013
  Scenario: A session whose pool is lost is served by another pool of the model, and nothing is moved
    Given that tasks go to the pool "twins"
    And the task "a" has ended
    And the engine "twins" is gone
    And the pool "twins" is not ready
    When the task "b" has been run to its end
    Then the task "a" ran on the replica "twins"
    And the task "b" ran on the replica "twins-too"
    And the metrics of the task "b" call it cold
    And the metrics of the task "b" say that nothing was moved

Feature: Attempts are repeated with care
  What another attempt can mend is tried again, so long as the client has seen nothing of the first.

  Background:
    Given the server "engines"

  @ORCH-3025
  Scenario: Another attempt mends what failed before the first token
    Given the pool "plain" is ready
    And an engine "plain" that once fails with 500
    When the task "a" is run on the pool "plain"
    Then the task "a" ends normally
    And the task "a" has reached the engine "plain" exactly 2 times

  @ORCH-3025
  Scenario: Another worker takes over what one cannot begin
    Given the pool "pair" is ready
    And an engine "pair-a" that always resets the connection before the first token
    When tasks are run on the pool "pair" until one has reached the engine "pair-a"
    Then every task of the scenario ends normally

  @ORCH-3025
  Scenario: Another worker takes over from one that is gone
    Given the pool "torn" is ready
    And the engine "torn-a" is gone
    When the task "a" is run on the pool "torn"
    Then the task "a" ends normally
    And the task "a" has reached the engine "torn-b" exactly 1 times

  @ORCH-3025
  Scenario: What the engine refuses is not tried again
    Given the pool "plain" is ready
    And an engine "plain" that always refuses the request with 400
    When the task "a" is run on the pool "plain"
    Then the task "a" has reached the engine "plain" exactly 1 times

  @ORCH-3025 @OC-ADAPT-5080
  Scenario Outline: Nothing is tried again after a token: an engine that <behaviour>
    Given the pool "plain" is ready
    And an engine "plain" that always <behaviour>
    When the task "a" is run on the pool "plain"
    Then the task "a" has reached the engine "plain" exactly 1 times

    Examples:
      | behaviour                           |
      | resets the connection after a token |
      | fails inside its stream             |

  @ORCH-3025 @OC-ADAPT-5080
  Scenario: Nothing is tried again after a token, though another worker could
    Given the pool "pair" is ready
    And an engine "pair-a" that always resets the connection after a token
    And an engine "pair-b" that always resets the connection after a token
    When the task "a" is run on the pool "pair"
    Then the task "a" ends with the error WORKER_RESET
    And the task "a" has reached the engines "pair-a" and "pair-b" 1 times in all

  @OC-ADAPT-5080
  Scenario: Attempts are as many as the pool allows
    Given the pool "plain" is ready
    And an engine "plain" that always fails with 500
    When the task "a" is run on the pool "plain"
    Then the task "a" has reached the engine "plain" exactly 2 times

  @OC-ADAPT-5080
  Scenario: Connecting has a time limit
    Given the pool "deaf" is ready
    And the engine "deaf" is gone and its address takes no connection
    When the task "a" is run on the pool "deaf"
    Then the task "a" ends with the error REPLICA_EXHAUSTED
    And the task "a" was over within 3000 ms

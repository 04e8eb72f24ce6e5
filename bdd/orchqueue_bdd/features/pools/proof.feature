Feature: A worker is trusted once it has proven itself
  An engine that says that it is well has not yet served anybody.

  Background:
    Given the server "replicas"

  @ORCH-3049 @OC-POOL-3001
  Scenario: An engine that answers for its health and decodes nothing is not ready
    Given the pool "proving" is ready
    And the engine "proving" loads its model
    And the pool "proving" is not ready
    And an engine "proving" that always fails with 500
    When the engine "proving" has loaded its model
    Then the engine "proving" fails to prove itself 3 times, and the pool "proving" is not ready
    When the engine "proving" works as it should
    Then the pool "proving" becomes ready
    And the engine "proving" has decoded a token and ended a cancelled request for it

  @ORCH-3002 @OC-POOL-3001 @OC-POOL-3003
  Scenario: What loads, and what proves itself, is shown as that and gets no task
    Given the pool "loading" is ready
    And the engine "loading" loads its model
    Then the health of the pool "loading" comes to have
      | field | value        |
      | ready | false        |
      | state | "preloading" |
    And the health of the pool "loading" says what was wrong
    And a task for the pool "loading" is refused with 503 POOL_UNREADY
    Given an engine "loading" that holds every request before its first token
    When the engine "loading" has loaded its model
    Then the health of the pool "loading" comes to have
      | field | value     |
      | ready | false     |
      | state | "proving" |
    And a task for the pool "loading" is refused with 503 POOL_UNREADY
    When the engines go on
    Then the health of the pool "loading" comes to have
      | field | value   |
      | ready | true    |
      | state | "ready" |

Feature: A cancel reaches the engine
  A cancelled task that its engine goes on with takes a slot from somebody who waits.

  Background:
    Given the server "engines"

  @OC-ADAPT-5083
  Scenario: The request of a cancelled task is ended at its engine
    Given the pool "single" is ready
    And an engine "single" that holds every request after 1 tokens
    And the task "a" runs on the pool "single"
    When the task "a" is cancelled
    Then the request of the task "a" at the engine "single" was ended by the server
    And the engine "single" works on nothing

  @OC-ADAPT-5083
  Scenario: The slot of a cancelled task goes to the next
    Given the pool "single" is ready
    And an engine "single" that holds every request after 1 tokens
    And the task "a" runs on the pool "single"
    And the task "b" waits in the pool "single"
    When the task "a" is cancelled
    Then the task "b" reaches the engine "single" within 1500 ms

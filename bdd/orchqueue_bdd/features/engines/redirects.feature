Feature: Prompts go where the configuration says
  Whoever stands at an engine's address must not send the server, and the prompts with it, wherever he likes.

  Background:
    Given the server "engines"

  @OC-ADAPT-5085
  Scenario: A redirect is a failure
    Given the pool "sent-on" is ready
    And the address of the engine "sent-on" sends everyone on to the engine "plain"
    When the task "a" is run on the pool "sent-on"
    Then the engine "plain" has seen nothing of the task "a"
    And the task "a" ends with the error INTERNAL

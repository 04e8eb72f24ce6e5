Feature: Correlation of refusals
  Those who lose by a full queue are told which request it was.

  Background:
    Given the server "queues"

  @OC-CTRL-2052
  Scenario: The refusal of a full queue carries a correlation id
    When the client sends a task to a full queue
    Then the answer has the status 429
    And the answer carries exactly one correlation id

Feature: Correlation of refusals
  Those who lose by a full queue are told which request it was.

  Background:
    Given the server "queues"

  @OC-CTRL-2052
  Scenario: The refusal of a full queue carries a correlation id
    When the client is answered 429 for a task to a full queue
    Then the answer carries exactly one correlation id

Feature: Placement
  A task goes where it is served first.

  Background:
    Given the server "scheduled"

  @ORCH-3091
  Scenario: Pools that serve one model share its tasks by who starts them first
    When 4 tasks are submitted for the model "placed" whose engines hold them
    Then the engine "near" comes to work on 1 tasks
    And the engine "far" comes to work on 1 tasks
    And the queue of the pool "near" comes to hold 1 tasks
    And the queue of the pool "far" comes to hold 1 tasks

  @ORCH-3091
  Scenario: A pool that is not ready is passed over
    Given the engine "broken" loads its model
    And the pool "broken" is not ready
    When 4 tasks are submitted for the model "divided" whose engines hold them
    Then the engine "whole" comes to work on 1 tasks
    And the queue of the pool "whole" comes to hold 3 tasks

  @ORCH-3091
  Scenario: Replicas get tasks as far as they have room
    When 4 tasks are submitted for the model "twins" whose engines hold them
    Then the engine "twins-a" comes to work on 1 tasks
    And the engine "twins-b" comes to work on 3 tasks

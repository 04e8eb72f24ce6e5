@OC-CTRL-2010
Feature: Every outcome that a scenario can have

  Background:
    Given the server "standard"

  @smoke
  Scenario: passes
    When "/metrics" is read
    Then the answer is 200

  @OC-CTRL-2052.rev=0000
  Scenario: fails
    When "/nowhere" is read
    Then the answer is 200

  Scenario: cannot be tested
    When the moon is full

  Scenario: skips itself
    When it would rather not
    Then the answer is 200

  Scenario: has an undefined line
    When nobody has written this line

  Scenario: has an ambiguous line
    When "/metrics" is read twice

  Scenario: has a line too few
    Then the answer is 200

  Scenario: goes wrong
    When a step breaks

  Scenario: leaves a mess
    When something cannot be undone

  @OC-POLICY-4001
  Scenario Outline: is an outline
    When "<path>" is read
    Then the answer is <status>

    Examples:
      | path     | status |
      | /metrics | 200    |
      | /nowhere | 404    |

@OC-CTRL-2071
Feature: Scenarios on a server of their own

  Scenario: passes on a server of its own
    Given a server of its own
    Then its metrics can be read

  Scenario: asks for a server that nobody has described
    Given the server "nonesuch"

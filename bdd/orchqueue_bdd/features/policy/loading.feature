Feature: Policies are loaded, or the server says why not
  A server that runs without the policy that its operator wrote is worse than one that does not start.

  @OC-POLICY-4002 @OC-POLICY-4003 @OC-POLICY-4010
  Scenario: What is no policy, or wants more than it is granted, is refused with its place
    Given a configuration with these policies
      | policy                                   |
      | a text                                   |
      | a file that is not there                 |
      | a module without exports                 |
      | a module for another version of the ABI  |
      | a module that imports what nobody grants |
    When a server is started with it
    Then it does not start
    And it says what is wrong at each of these paths
    And it names the import "path_open"
    And it has asked the engine nothing

  @OC-POLICY-4015
  Scenario: Policies are renewed while the server runs, and a bad one changes nothing
    Given a server of its own with a policy that allows every task
    When its policy becomes one that denies every task
    Then its tasks come to be denied with the reason "closed today"
    When its policy becomes a text
    Then it says that its policies stay
    And its tasks come to be denied with the reason "closed today"
    When its policy becomes one that allows every task
    Then its tasks come to be accepted

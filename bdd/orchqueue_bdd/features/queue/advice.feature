Feature: Advice that can be followed
  Refused clients are told to come back when there will be a place, not all at once.

  Background:
    Given the server "queues"

  @OC-CTRL-2015
  Scenario: Of the clients that come back when they were told to, nine in ten are admitted
    Given that tasks go to the pool "draining"
    And that the pool has learnt how long a task of 40 tokens takes
    When 10 clients are refused at once and each comes back when it was told to
    Then 9 of them or more are admitted on their return

  @OC-CTRL-2015
  Scenario: Clients that are refused together are told different times
    Given that tasks go to the pool "small"
    And that the pool has learnt how long a task of 40 tokens takes
    When 10 clients are refused at once
    Then the last of them is told to come back later than the first

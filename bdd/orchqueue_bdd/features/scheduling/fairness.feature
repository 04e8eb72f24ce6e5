Feature: Fair sharing
  While several have work waiting, each gets what its weight gives it, and what each got is told.

  Background:
    Given the server "scheduled"

  @ORCH-3075 @OC-CORE-1050
  Scenario: Tenants share a pool by their weights
    Given that tasks go to the pool "fair"
    And that the slots are held
    And that 20 interactive tasks of the tenant "light" wait
    And that 20 interactive tasks of the tenant "heavy" wait
    When the slots are released to pass quickly
    Then about 12 of the first 16 starts are of "heavy"

  @ORCH-3075 @OC-CORE-1050
  Scenario: Priorities share a pool eight to one
    Given that tasks go to the pool "fair"
    And that the slots are held
    And that 6 batch tasks of the tenant "heavy" wait
    And that 20 interactive tasks of the tenant "heavy" wait
    When the slots are released to pass quickly
    Then about 16 of the first 18 starts are of "heavy interactive"

  @ORCH-3076
  Scenario: Shares are of what was used, not of tasks nor of what they might have used
    Given that tasks go to the pool "strict"
    When the tenant "counted" has run a task that used 4 of 120 tokens
    And the tenant "measured" has run a task that used 120 of 120 tokens
    Then the share of "measured" is 6 to 20 times that of "counted"
    And all shares add up to one

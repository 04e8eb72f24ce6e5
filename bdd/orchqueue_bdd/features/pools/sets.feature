Feature: Replica sets
  Replicas are one set when nothing that decides their tokens sets them apart.

  Background:
    Given the server "replicas"

  @ORCH-3007
  Scenario: Equal replicas are one set, and each difference makes another
    When the capabilities are read
    Then the entries of the model "sets" have the concurrencies 3, 4, 5, 6, 7

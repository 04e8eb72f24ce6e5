Feature: A request is taken at its word
  What a client chooses from is what it gets, and it is told so in the same words.

  Background:
    Given the server "determinism"

  @OC-CTRL-2010 @OC-CTRL-2021
  Scenario: A task runs on the engine that it asks for, and its start says so
    When a task is sent to each kind of engine that the server drives
    Then each of these tasks is accepted
    And the start of each of these tasks names the engine that it asked for

  @OC-CTRL-2060
  Scenario: The capabilities name the engine of each pool
    When the capabilities are read
    Then the entry of every model of the configuration names its engine

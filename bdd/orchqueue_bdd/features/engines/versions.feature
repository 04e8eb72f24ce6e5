Feature: Versions come from the engine
  What an operator believes to run is not always what runs; the engine's own word counts.

  Background:
    Given the server "engines"

  @OC-ADAPT-5011
  Scenario Outline: Events, metrics and log lines carry the version that the engine reports
    Given the pool "<pool>" is ready
    And the series are counted from now on
    When the task "a" is run on the pool "<pool>"
    Then the start of the task "a" names the engine_version "<version>"
    And the counter tasks_started_total with engine_version "<version>" has grown by 1
    And the log lines of the task "a" have the engine_version "<version>" and no other

    Examples:
      | pool      | version        |
      | plain     | b5200-3f1c2d4e |
      | versioned | b7777-abcdef0  |

  @OC-ADAPT-5011
  Scenario: An engine that comes back with another version is believed
    Given the pool "loading" is ready
    And the engine "loading" loads its model
    And the pool "loading" is not ready
    And the engine "loading" reports the version "b8888-0badcafe"
    When the engine "loading" has loaded its model
    And the pool "loading" is ready again
    And the task "a" is run on the pool "loading"
    Then the start of the task "a" names the engine_version "b8888-0badcafe"

  @ORCH-3032
  Scenario: Every worker reports its version
    Given the pool "pair" is ready
    When the capabilities are read
    Then every entry has an engine_version
    And the entry of the model "pair" has
      | field          | value            |
      | engine_version | "b5200-3f1c2d4e" |

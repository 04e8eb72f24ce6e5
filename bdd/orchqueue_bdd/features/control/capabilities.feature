Feature: Clients discover what there is
  What a client may ask for is told in one place, and it is what the engines themselves report.

  @ORCH-3095
  Scenario: Engines, versions, contexts, workloads and concurrency can be discovered
    Given the server "engines"
    And the pool "versioned" is ready
    When the capabilities are read
    Then the entry of the model "versioned" has
      | field               | value           |
      | engine              | "llamacpp"      |
      | engine_version      | "b7777-abcdef0" |
      | ctx_max             | 1536            |
      | concurrency         | 3               |
    And the entry of the model "versioned" supports completions

  @OC-CTRL-2004
  Scenario Outline: No other route lists engines or models
    Given the server "queues"
    When the capabilities are read
    Then they name every model of the configuration
    And GET <path> is answered with 404

    Examples:
      | path               |
      | /v1/engines        |
      | /v1/models         |
      | /v1/replicasets    |
      | /v1/pools          |

  @OC-CTRL-2060
  Scenario: Capabilities list the profiles, and an entry for each replica set
    Given the server "queues"
    When the capabilities are read
    Then they list the profiles, core among them
    And every entry has
      | field               | type    |
      | engine              | string  |
      | engine_version      | string  |
      | ctx_max             | integer |
      | concurrency         | integer |
      | supported_workloads | array   |
      | rate_limits         | object  |
      | features            | object  |
      | models              | array   |
    And every workload of an entry is one of the contract
    And every model of the configuration is in one entry

  @OC-CTRL-2060
  Scenario: The order of the entries is stable
    Given the server "queues"
    When the capabilities are read 3 times
    Then they tell the entries in the same order

  @OC-CTRL-2060
  Scenario: The slots of all workers of a set are its concurrency
    Given the server "engines"
    And the pool "pair" is ready
    When the capabilities are read
    Then the entry of the model "pair" has
      | field       | value |
      | concurrency | 2     |

  @OC-CTRL-2061 @ORCH-3096
  Scenario: Capabilities carry the version of the contract
    Given the server "queues"
    When the capabilities are read
    Then their `api_version` is the version of the OpenAPI document

  @OC-CTRL-2060
  Scenario: What a server acts on when it is turned on, and nothing else, is among its profiles
    Given the server "full"
    When the interactive task "a" asks its policy to deny it
    And the capabilities are read
    Then the profile policy is listed exactly if the task "a" was refused
    And the profile catalog is listed exactly if a POST of /v1/catalog/models asks for a key

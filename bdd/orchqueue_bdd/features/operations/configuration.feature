Feature: A configuration is judged before it takes effect
  A server that starts with half of what its operator wrote is worse than one that does not start.

  @OC-CONFIG-6001 @ORCH-3030
  Scenario: An unknown field is refused with its path
    Given a configuration that is right but for
      | path                          | value |
      | pools.0.queue.capacty         | 7     |
    When a server is started with it
    Then it does not start
    And it says what is wrong at each of these paths

  @OC-CONFIG-6005
  Scenario: A bad file is refused whole, and every error is listed
    Given a configuration that is right but for
      | path                          | value     |
      | pools.0.queue.capacity        | 0         |
      | pools.0.watchdog.idle_ms      | "soon"    |
      | streams.retain_minutes        | 10        |
      | log.level                     | "chatty"  |
    When a server is started with it
    Then it does not start
    And it says what is wrong at each of these paths
    And it has asked the engine nothing

  @OC-CONFIG-6003
  Scenario: Without a key no server listens beyond loopback
    Given a configuration without keys
    And its server.host is "0.0.0.0"
    When a server is started with it
    Then it does not start

  @OC-CONFIG-6003
  Scenario: A server listens on loopback by default
    Given a configuration that names no host
    When a server is started with it
    Then it answers on 127.0.0.1
    And it takes no connection on 127.0.0.2

  @OC-OPS-8007
  Scenario: A port in use is told
    Given a configuration whose port is taken
    When a server is started with it
    Then it does not start
    And it names the port that is taken

  @OC-CONFIG-6006
  Scenario: A pool that has no workers to serve it is an error of the file
    Given a configuration that is right but for
      | path            | value |
      | pools.0.workers | []    |
    When a server is started with it
    Then it does not start
    And it says that something is wrong with pools.0

  @OC-CONFIG-6006
  Scenario: An adapter that cannot serve its pool is an error of the file
    Given the server "standard"
    And a configuration whose first pool names an adapter that cannot serve it
    When a server is started with it
    Then it does not start
    And it says that something is wrong with pools.0

  Scenario Outline: What an engine never tells has to stand in the file
    Given the server "standard"
    And a configuration whose first pool has the adapter "<adapter>" and lacks <fields>
    When a server is started with it
    Then it does not start
    And it says what is wrong at each of these paths

    @OC-ADAPT-5024
    Examples: vLLM
      | adapter | fields |
      | vllm    | slots  |

    @OC-ADAPT-5063
    Examples: Triton
      | adapter | fields        |
      | triton  | slots and ctx |

  @OC-CONFIG-6006
  Scenario Outline: Each pool is served by the workers that its entry names
    Given the server "engines"
    And the pool "<pool>" is ready
    When the task "a" is run on the pool "<pool>"
    Then the start of the task "a" names the pool_id "<pool>"
    And the start of the task "a" names the replica_id "<worker>"
    And the task "a" has reached the engine "<pool>" exactly 1 times

    Examples:
      | pool      | worker      |
      | plain     | plain-0     |
      | versioned | versioned-0 |

  @OC-CONFIG-6006
  Scenario: Each pool has the queue and the bounds that its entry names
    Given the server "engines"
    And the pool "single" is ready
    And an engine "single" that holds every request after 1 tokens
    And the task "first" runs on the pool "single"
    And the task "second" waits in the pool "single"
    And the task "third" waits in the pool "single"
    When the task "fourth" is submitted to the pool "single"
    Then the task "fourth" is refused with 429 ADMISSION_REJECT
    When the task "fifth" is submitted to the pool "single" with
      | field      | value |
      | max_tokens | 1025  |
    Then the task "fifth" is refused with 400 INVALID_PARAMS
    When the task "sixth" is submitted to the pool "roomy" with
      | field      | value |
      | max_tokens | 1025  |
    Then the task "sixth" is accepted

  @OC-CONFIG-6007
  Scenario: Numbers that no duration, size or rate can be are refused
    Given a configuration that is right but for
      | path                             | value                  |
      | server.grace_ms                  | 9007199254740992       |
      | streams.retain_ms                | 1000000000000000000000 |
      | pools.0.mock.ms_per_token        | 1e300                  |
      | pools.0.watchdog.wall_ms         | 1e999                  |
    When a server is started with it
    Then it does not start
    And it says what is wrong at each of these paths

  @OC-CONFIG-6008
  Scenario: A secret in the wrong place is not told to whoever reads what went wrong
    Given a configuration that is right but for
      | path                      | value                              |
      | keys.0.sha256             | "sk-3b7f0a9c5d1e"                  |
      | keys.0.scopes             | ["data", "sk-3b7f0a9c5d1e"]        |
      | pools.0.workers.0.url     | "sk-3b7f0a9c5d1e"                  |
      | pools.0.workers.0.api_key | "sk-3b7f0a9c5d1e"                  |
      | log                       | {"level": "sk-3b7f0a9c5d1e"}       |
      | tenants                   | {"key": "sk-3b7f0a9c5d1e"}         |
    When a server is started with it
    Then it does not start
    And what it says repeats none of "sk-3b7f0a9c5d1e"

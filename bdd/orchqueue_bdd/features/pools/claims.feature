Feature: What a configuration may claim of its devices
  A claim that cannot be met is an error of the file, told before anything starts.

  @ORCH-3011 @OC-CORE-1011
  Scenario: A worker may not have a device that its pool leaves out
    Given a configuration for a machine with GPUs of 8, 8, 8 GB
    And its pools.0.devices is [0, 1]
    And its pools.0.workers.0.devices is [1, 2]
    When a server is started with it
    Then it does not start
    And it says that something is wrong with pools.0.workers.0.devices

  @ORCH-3012
  Scenario: A model lies on unequal GPUs only where the ratios are told
    Given a configuration for a machine with GPUs of 24, 8 GB
    And its pools.0.devices is [0, 1]
    When a server is started with it
    Then it does not start
    And it says that something is wrong with pools.0.devices

  @OC-POOL-3021
  Scenario Outline: Ratios that <fault> are refused
    Given a configuration for a machine with GPUs of 8, 8 GB
    And its pools.0.devices is [0, 1]
    And its pools.0.tensor_split is <ratios>
    When a server is started with it
    Then it does not start
    And it says that something is wrong with pools.0.tensor_split

    Examples:
      | fault                          | ratios     |
      | do not sum to 1                | [0.5, 0.4] |
      | are not one for each device    | [1.0]      |

  @OC-POOL-3023
  Scenario: Workers that together claim more of a device than it has are refused
    Given a configuration for a machine with GPUs of 8 GB
    And its pools.0.devices is [0]
    And its pools.0.memory_bytes is 5000000000
    And it has a second pool that is like the first
    When a server is started with it
    Then it does not start
    And it says that something is wrong with pools.1.memory_bytes

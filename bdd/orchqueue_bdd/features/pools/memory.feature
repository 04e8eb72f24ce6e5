Feature: The KV memory of a pool
  It is bounded, so that no task takes what others need, and what is in use can be read.

  @ORCH-3022
  Scenario: The use of the KV cache is measured as the engine tells it
    Given the server "replicas"
    And the pool "cached" is ready
    And an engine "cached" that holds every request after 2 tokens
    And the task "a" runs on the pool "cached"
    Then the gauge kv_cache_usage_ratio of the pool "cached" comes to stand above 0
    When the engines go on
    Then the task "a" ends normally
    And these gauges come to stand at
      | series               | labels         | at |
      | kv_cache_usage_ratio | pool_id=cached | 0  |

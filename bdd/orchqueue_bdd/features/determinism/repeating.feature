Feature: Equal inputs give equal tokens
  The engines here are as real ones are: what else they work on, or remember, changes what they say.

  Background:
    Given the server "determinism"

  @ORCH-3045 @OC-CORE-1030 @OC-TEST-7001
  Scenario: Each case of the corpus gets the same tokens on both replicas
    Given the pool "twins" is ready
    When the corpus is run on the pool "twins"
    And two replicas have answered
    Then all answers to each case are equal, byte by byte

  @ORCH-3050
  Scenario: Each engine repeats itself
    When the corpus is run on each pool of two equal replicas
    And two replicas have answered
    Then all answers to each case are equal, byte by byte

  @OC-TEST-7002
  Scenario: A strict task is asked for in a way that repeats
    Given the pool "alone" is ready
    When the task "a" is run on the pool "alone" with
      | field                   | value    |
      | determinism             | "strict" |
      | seed                    | 77       |
      | sampler_profile_version | "sharp"  |
    Then the request of the task "a" at the engine "alone-a" has
      | field        | value |
      | seed         | 77    |
      | cache_prompt | false |
      | temperature  | 0.25  |
      | top_p        | 0.5   |
      | top_k        | 7     |
      | min_p        | 0.125 |

  @OC-TEST-7002
  Scenario: A strict task without a seed has the one that its id gives
    Given the pool "alone" is ready
    When the task "a" is run on the pool "alone" with
      | field       | value    |
      | determinism | "strict" |
    Then the request of the task "a" at the engine "alone-a" has the seed that its id gives

  @OC-CORE-1033
  Scenario: No task begins beside a strict one
    Given the pool "alone" is ready
    And an engine "alone-a" that holds every request after 1 tokens
    When the task "a" is begun on the pool "alone" with
      | field       | value    |
      | determinism | "strict" |
    And the task "a" has begun to arrive
    And the task "b" is begun on the pool "alone"
    Then the task "b" does not begin at the engine "alone-a"
    When the engines go on
    Then the task "a" ends normally
    And the task "b" ends normally

  @OC-CORE-1033
  Scenario: No strict task begins beside another
    Given the pool "alone" is ready
    And an engine "alone-a" that holds every request after 1 tokens
    When the task "a" is begun on the pool "alone"
    And the task "a" has begun to arrive
    And the task "b" is begun on the pool "alone" with
      | field       | value    |
      | determinism | "strict" |
    Then the task "b" does not begin at the engine "alone-a"
    When the engines go on
    Then the task "a" ends normally
    And the task "b" ends normally

  @OC-CORE-1034
  Scenario: Who waits for an idle engine is told so
    Given the pool "alone" is ready
    And an engine "alone-a" that holds every request after 1 tokens
    When the task "a" is begun on the pool "alone"
    And the task "a" has begun to arrive
    And the task "b" is begun on the pool "alone" with
      | field       | value    |
      | determinism | "strict" |
    And the task "c" is begun on the pool "alone"
    Then the task "b" was told that it waits
    And the task "c" was told that it waits
    When the engines go on
    Then the task "a" ends normally
    And the task "b" ends normally
    And the task "c" ends normally

  @ORCH-3046 @OC-CORE-1031
  Scenario: A strict task names what its tokens depend on
    Given the pool "alone" is ready
    When the task "a" is run on the pool "alone" with
      | field                   | value    |
      | determinism             | "strict" |
      | sampler_profile_version | "sharp"  |
    And the task "b" is run on the pool "alone" with
      | field       | value    |
      | determinism | "strict" |
    Then the start of the task "a" names the sampler_profile_version "sharp"
    And the start of the task "b" names the sampler_profile_version "v1"
    And the start of the task "b" names the engine_version "b7777-abcdef0"

  @ORCH-3047 @OC-CORE-1032
  Scenario: Replicas of different versions take no strict task
    Given the replicas of the model "mixed" are ready and differ
    And that tasks go to the pool "mixed"
    And the series are counted from now on
    When the task "a" is submitted with the `determinism` "strict"
    Then the answer is 503 POOL_UNREADY
    And the counter tasks_rejected_total with reason "POOL_UNREADY" has grown by 1
    And headers and body tell a time to come back
    When the task "b" is submitted with the `determinism` "best_effort"
    Then the task "b" is accepted

  @OC-CORE-1032
  Scenario: A strict task goes to the pool whose replicas are equal
    Given the replicas of the model "shared" are ready and differ
    And the pool "even" is ready
    And that tasks go to the pool "shared"
    When the task "a" is submitted with the `determinism` "strict"
    Then the task "a" is accepted
    And the start of the task "a" names the pool_id "even"

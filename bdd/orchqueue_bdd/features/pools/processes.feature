Feature: Engines that the server runs
  What the server has started it looks after: it listens to it, and leaves nothing of it behind.

  @OC-POOL-3040
  Scenario: An engine is run apart from the server, heard, and asked to end
    Given the server "workers"
    And the pool "greeting" is ready
    Then the run engine "greeting" is in a process group of its own
    And the log tells that the run engine "greeting" said "an engine that says hello"
    When the task "a" is run on the pool "greeting"
    Then the task "a" ends normally
    And the task "a" has come to the run engine "greeting" exactly 1 times
    When the pool "greeting" is drained within 0 ms
    Then the run engine "greeting" is asked to end, and ends

  @OC-POOL-3042
  Scenario: The digest of a model's file is told, that of another after a reload, and when there is no file any more
    Given the server "workers"
    And the pool "filed" is ready
    When the capabilities are read
    Then the entry of the model "filed" has the digest of the file of the run engine "filed"
    When the pool "filed" is reloaded with the model "filed-next"
    Then the answer has the status 200
    When the capabilities are read
    Then the entry of the model "filed-next" has the digest of the file of the run engine "filed-next"
    When the pool "filed" is reloaded with the model "filed"
    Then the answer has the status 200
    When the capabilities are read
    Then the entry of the model "filed" has the digest of the file of the run engine "filed"
    When the file of the run engine "filed" is taken away
    And the run engine "filed" gets the signal KILL
    Then the health of the pool "filed" comes to say that the file of the run engine "filed" is wrong

  @OC-POOL-3040
  Scenario: However the server ends, its engines end with it
    Given a server of its own that runs an engine which forks, and which SIGTERM does not end
    When the server is killed
    Then nothing is left of its engine

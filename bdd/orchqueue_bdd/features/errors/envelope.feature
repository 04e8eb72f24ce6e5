Feature: The envelope
  Every failure is told in one form, with a code of a closed table.

  Background:
    Given the server "standard"

  @ORCH-2006 @smoke
  Scenario Outline: The answer to <occasion> is an envelope
    When the client sends <occasion>
    Then the answer is an error envelope

    Examples:
      | occasion                           |
      | a body that is no JSON             |
      | a body with an unknown field       |
      | a task without a key               |
      | a task with an unknown key         |
      | an unknown path                    |
      | a read of an unknown task          |
      | a PUT of a task                    |
      | a body of text/plain               |
      | a body that is too large           |
      | headers that are too large         |
      | another body under a known id      |
      | a task that has no time            |
      | a Last-Event-ID of the future      |

  @ORCH-2006
  Scenario: A failure of an engine is told in the same form, and names the engine
    Given a task "a" that loses its engine
    Then the error of the task "a" has the form of an envelope
    And the error of the task "a" names its engine

  @OC-CTRL-2030
  Scenario Outline: <occasion> has a code of the table, with its status
    When the client sends <occasion>
    Then its code stands in the table with this status
    And the answer is <status> <code>

    Examples:
      | occasion                           | status | code                   |
      | a body that is no JSON             | 400    | INVALID_PARAMS         |
      | a task that has no time            | 400    | DEADLINE_UNMET         |
      | a task without a key               | 401    | UNAUTHENTICATED        |
      | a task with an unknown key         | 403    | FORBIDDEN              |
      | an unknown path                    | 404    | NOT_FOUND              |
      | a read of an unknown task          | 404    | NOT_FOUND              |
      | a PUT of a task                    | 405    | METHOD_NOT_ALLOWED     |
      | another body under a known id      | 409    | TASK_CONFLICT          |
      | a body that is too large           | 413    | PAYLOAD_TOO_LARGE      |
      | a body of text/plain               | 415    | UNSUPPORTED_MEDIA_TYPE |
      | headers that are too large         | 431    | HEADERS_TOO_LARGE      |

  @OC-CTRL-2030
  Scenario Outline: The error of a task that <course> has a code of the table
    Given a task "a" that <course>
    Then the error of the task "a" has a code of the table for streams

    Examples:
      | course                 |
      | loses its engine       |
      | meets a failing engine |

  @OC-CTRL-2031
  Scenario: The error of a stream names engine and pool
    Given a task "a" that loses its engine
    Then the error of the task "a" names the engine and the pool

  @OC-CTRL-2032
  Scenario Outline: The answer to <occasion> says truly whether to try again
    When the client sends <occasion>
    Then it says truly whether to try again

    Examples:
      | occasion                      |
      | a body that is no JSON        |
      | a task that has no time       |
      | a task without a key          |
      | a task with an unknown key    |
      | an unknown path               |
      | a PUT of a task               |
      | another body under a known id |
      | a body that is too large      |
      | a body of text/plain          |
      | headers that are too large    |

  @OC-CTRL-2032
  Scenario Outline: The error of a task that <course> says truly whether to try again
    Given a task "a" that <course>
    Then the error of the task "a" says truly whether to try again

    Examples:
      | course                 |
      | loses its engine       |
      | meets a failing engine |

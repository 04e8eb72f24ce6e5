Feature: Correlation
  Every response names its request, so that clients and operators speak of the same one.

  Background:
    Given the server "standard"

  @OC-CTRL-2052 @smoke
  Scenario Outline: The answer to <occasion> carries a correlation id
    When the client is answered <status> for <occasion>
    Then the answer carries exactly one correlation id

    Examples:
      | occasion                      | status |
      | a task                        | 202    |
      | a read of a stream            | 200    |
      | a read after the last event   | 204    |
      | a cancel                      | 204    |
      | a scrape                      | 200    |
      | a body that is no JSON        | 400    |
      | a task without a key          | 401    |
      | a task with an unknown key    | 403    |
      | an unknown path               | 404    |
      | a read of an unknown task     | 404    |
      | a PUT of a task               | 405    |
      | an OPTIONS of the tasks       | 405    |
      | a HEAD of the tasks           | 405    |
      | another body under a known id | 409    |
      | a body that is too large      | 413    |
      | a body of text/plain          | 415    |
      | headers that are too large    | 431    |

  @OC-CTRL-2052
  Scenario: The request's own id comes back
    When a request has the correlation id "order-66/~!"
    Then the correlation id "order-66/~!" comes back

  @OC-CTRL-2052
  Scenario: The longest id comes back
    When a request has a correlation id of 128 characters
    Then that correlation id comes back whole

  @OC-CTRL-2052
  Scenario Outline: An id <kind> is replaced
    When a request has an unusable correlation id, one <kind>
    Then a fresh correlation id stands in its place

    Examples:
      | kind                          |
      | of 129 characters             |
      | with a space in it            |
      | with a character beyond ASCII |
      | that is empty                 |
      | given twice                   |

  @OC-CTRL-2052
  Scenario: Requests without an id are told apart
    Then two requests without a correlation id get two

  @OC-CTRL-2052
  Scenario: Header and envelope agree
    When a request has the correlation id "both"
    Then the envelope names the same correlation id

  @OC-CTRL-2052
  Scenario: A task keeps the id of its POST, a read has its own
    Given that the engine fails
    And the task "a" was submitted with the correlation id "posted"
    Then the stream of the task "a" asked for with the correlation id "read" answers with it
    And the error of the task "a" carries the correlation id "posted"

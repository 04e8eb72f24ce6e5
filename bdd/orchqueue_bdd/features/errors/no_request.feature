Feature: Input that is no request
  Whatever a client sends, it is answered in the form of the contract and never by a page of a framework.

  Background:
    Given the server "standard"

  @OC-CTRL-2033
  Scenario Outline: <occasion> is answered <status>
    When the client sends <occasion>
    Then the answer has the status <status>
    And the answer is an error envelope

    Examples: Bodies
      | occasion                          | status |
      | a body that is no JSON            | 400    |
      | a body cut short                  | 400    |
      | an empty body                     | 400    |
      | a body that is not UTF-8          | 400    |
      | a body that is a list             | 400    |
      | a body that is null               | 400    |
      | a body with null for a prompt     | 400    |
      | a body with null for an optional field | 400 |
      | a body nested 50000 levels deep   | 400    |
      | a body with an integer of 5000 digits | 400 |
      | a body that is too large          | 413    |
      | a chunked body that is too large  | 413    |
      | a body of text/plain              | 415    |
      | a body of a form                  | 415    |
      | a body without a type             | 415    |

    Examples: Paths and methods
      | occasion                          | status |
      | an unknown path                   | 404    |
      | the root                          | 404    |
      | a path with a trailing slash      | 404    |
      | a path with a double slash        | 404    |
      | a path in capitals                | 404    |
      | a read of an unknown task         | 404    |
      | a read of an id that is no UUID   | 404    |
      | a read of another tenant's task   | 404    |
      | a cancel of an unknown task       | 404    |
      | a cancel of an id that is no UUID | 404    |
      | a cancel of another tenant's task | 404    |

    Examples: Headers
      | occasion                          | status |
      | headers that are too large        | 431    |
      | a malformed Last-Event-ID         | 400    |

  @OC-CTRL-2033
  Scenario Outline: <occasion> is answered with what is allowed
    When the client sends <occasion>
    Then the answer has the status 405
    And the methods allowed are <methods>
    And the answer is an error envelope

    Examples:
      | occasion                | methods |
      | a GET of the tasks      | POST    |
      | a PUT of a task         | POST    |
      | an OPTIONS of the tasks | POST    |
      | a POST of a stream      | GET     |
      | a DELETE of a stream    | GET     |
      | a GET of a cancel       | POST    |

  @OC-CTRL-2033
  Scenario Outline: <occasion> is not answered by itself
    When the client sends <occasion>
    Then the answer has the status 405
    And the methods allowed are <methods>

    Examples:
      | occasion              | methods |
      | a HEAD of the tasks   | POST    |
      | a HEAD of the metrics | GET     |

  @OC-CTRL-2033
  Scenario Outline: <occasion> is answered by the parser alone
    When the client sends <occasion>
    Then the answer is a bare 400 on a closed connection

    Examples:
      | occasion                  |
      | a line that is no request |
      | a body with two lengths   |

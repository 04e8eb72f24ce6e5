Feature: Storing artifacts
  What is stored is named by its content, so that whoever has the name can tell that it got the thing.

  Background:
    Given the server "standard"

  @ORCH-3097 @smoke
  Scenario: An artifact can be stored
    When the artifact "a" is stored with the content {"plan": ["first", "then"]}
    Then the answer has the status 201
    And the artifact "a" has the digest of the bytes '{"plan":["first","then"]}'

  @OC-CTRL-2065
  Scenario: Whoever stores an artifact is told how it is known
    When the artifact "a" is stored with the content {"told": true}
    Then the artifact "a" is answered with its id, kind, tags and time

  @OC-CTRL-2065
  Scenario Outline: What is stored as <kind> is known as <kind>
    When the artifact "a" is stored as an `<kind>` with the tag "kinds" and the content {"of": "<kind>"}
    Then the artifact "a" is answered as a `<kind>`

    Examples:
      | kind    |
      | plan    |
      | summary |
      | diff    |
      | trace   |
      | other   |

  @OC-CTRL-2065
  Scenario Outline: The id of <content> is the digest of its canonical form
    When the artifact "a" is stored with the content <content>
    Then the artifact "a" has the digest of the bytes '<canonical>'

    Examples: Objects
      | content                      | canonical             |
      | {}                           | {}                    |
      | { "b" : 1 , "a" : [ ] }      | {"a":[],"b":1}        |
      | {"a": {"d": null, "c": {}}}  | {"a":{"c":{},"d":null}} |
      | {"\uff21": 1, "\ud83d\ude00": 2, "é": 3, "1": 4} | {"1":4,"é":3,"😀":2,"Ａ":1} |

    Examples: Numbers, as RFC 8785 spells them
      | content                      | canonical             |
      | {"n": 1.0}                   | {"n":1}               |
      | {"n": -0}                    | {"n":0}               |
      | {"n": 1e2}                   | {"n":100}             |
      | {"n": 4.50}                  | {"n":4.5}             |
      | {"n": 2e-3}                  | {"n":0.002}           |
      | {"n": 333333333.33333329}    | {"n":333333333.3333333} |
      | {"n": 1E30}                  | {"n":1e+30}           |
      | {"n": 0.000000000000000000000000001} | {"n":1e-27}   |
      | {"n": 9007199254740991}      | {"n":9007199254740991} |

    Examples: Texts
      | content                      | canonical             |
      | {"s": "\u00e9\/\u0022"}      | {"s":"é/\""}          |
      | {"s": "\u20ac\u000f\u000aA"} | {"s":"€\u000f\nA"}    |

  @OC-CTRL-2065
  Scenario Outline: <other> has the record of <one>
    Given the artifact "first" with the content <one>
    When the artifact "again" is stored as an `other` with the tag "again" and the content <other>
    Then the artifact "again" has the record of the artifact "first"

    Examples:
      | one                         | other                         |
      | {"same": 1, "more": "é"}    | {"more": "\u00e9", "same": 1} |
      | {"same": 1.0, "of": "one"}  | {"same": 1, "of": "one"}      |
      | {"same": 10, "of": "ten"}   | {"same": 1e1,"of":"ten"}      |

  @OC-CTRL-2065
  Scenario Outline: Content with <content> cannot be named
    When the artifact "a" is stored with the content <content>
    Then the answer is 400 INVALID_PARAMS
    And the details point at "<pointer>"

    Examples:
      | content                        | pointer      |
      | {"n": 9007199254740992}        | /content/n   |
      | {"n": [1, -9007199254740992]}  | /content/n/1 |
      | {"n": 1e400}                   | /content/n   |
      | {"n": NaN}                     | /content/n   |
      | {"s": "\ud83d"}                | /content/s   |
      | {"s": "\ude00\ud83d"}          | /content/s   |
      | {"twice": 1, "twice": 1}       | /content/twice |
      | ["no object"]                  | /content     |

  @OC-CTRL-2065
  Scenario: A parent has to be there
    When the artifact "a" is stored with a parent that nobody has
    Then the answer is 400 INVALID_PARAMS
    And the details point at "/parent"

  @OC-CTRL-2065
  Scenario: A parent of another tenant is not there
    Given the artifact "mine" with the content {"whose": "mine"}
    When the artifact "theirs" is stored with the parent "mine" by the key "stranger"
    Then the answer is 400 INVALID_PARAMS
    And the details point at "/parent"

"""Reports: what a judged run leaves for people and machines. Judges nothing, and reads no file of the run."""

from orchqueue.report.writing import write_reports

__all__ = ["write_reports"]

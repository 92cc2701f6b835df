"""Twilio: calls over its REST interface of 2010-04-01, and the reports that it sends."""

"""EmotiVoice in its three wire forms: the open-source server, a gateway before it, and Youdao's cloud."""

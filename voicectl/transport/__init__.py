"""The only home of sockets: requests out, replies in. What a reply means is the vendor's to say."""

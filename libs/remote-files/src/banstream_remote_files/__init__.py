"""Files on game servers, read and replaced by FTP, FTPS, SFTP or in a local folder."""

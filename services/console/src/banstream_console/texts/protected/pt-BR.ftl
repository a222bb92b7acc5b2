protected-lead = Nenhuma política os bane ou expulsa sozinha; o que ela teria feito é relatado.
protected-none = Ninguém está protegido
protected-none-text = Proteja alguém cujos relatos você quer ver à mão, como um streamer.
protected-add = Proteger um jogador
protected-end = Encerrar a proteção
protected-end-text = As políticas voltam a agir sobre { $player }.
